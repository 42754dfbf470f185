import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { ErrorCode } from '#kernel/errors.ts';
import { createTerminal } from '../../render/terminal.ts';
import { displayWidth } from '../../render/text.ts';
import type { Receipt } from '../control.ts';
import type { Answer } from './assistant.ts';
import type { SentText } from './calls.ts';
import { createDice, shuffled } from './dice.ts';
import { faults } from './faults.ts';
import { proveSends, unknownIds } from './proof.ts';
import { printFault, printFaultHead } from './screen.ts';

function answered(code: ErrorCode | null, data: Answer['data'] = {}): Answer {
  return { ok: code === null, code, engine: null, routedFrom: null, attempts: 1, tookMs: 1, data };
}

function sent(text: string, code: ErrorCode | null = null): SentText {
  return { text, answer: answered(code) };
}

type Arrival = readonly [recipientJid: string, text: string, id?: string];

async function* inboxes(...all: readonly Arrival[]): AsyncGenerator<Receipt> {
  for (const [recipientJid, text, id = 'A'] of all) yield { id, recipientJid, text };
}

describe('cli/demo/chaos', () => {
  it('holds what was said of messages against what people received', async () => {
    const none = { asked: 1, confirmed: 0, unknown: 0, refused: 0, lost: 0, unexpected: 0, twice: 0 };
    const prove = (send: SentText, ...all: readonly Arrival[]) =>
      proveSends([send], inboxes(['x', 'other'], ...all));
    assert.deepEqual(await prove(sent('hi'), ['a', 'hi'], ['own phone', 'hi']), { ...none, confirmed: 1 });
    const repeated = await prove(sent('hi'), ['a', 'hi'], ['a', 'hi']);
    assert.deepEqual(repeated, { ...none, confirmed: 1 }, 'the same message on request');
    const twice = await prove(sent('hi'), ['a', 'hi'], ['a', 'hi', 'B']);
    assert.deepEqual(twice, { ...none, confirmed: 1, twice: 1 });
    assert.deepEqual(await prove(sent('hi')), { ...none, confirmed: 1, lost: 1 });
    assert.deepEqual(await prove(sent('hi', 'DELIVERY_UNKNOWN'), ['a', 'hi']), { ...none, unknown: 1 });
    assert.deepEqual(await prove(sent('hi', 'SEND_FAILED')), { ...none, refused: 1 });
    assert.deepEqual(await prove(sent('hi', 'SEND_FAILED'), ['a', 'hi']), {
      ...none,
      refused: 1,
      unexpected: 1,
    });
  });

  it('reads the id of a message of which nobody knows', () => {
    const data = { ok: false, error: { details: { message_id: '3EB0AA' } } };
    const unknown = { text: 'hi', answer: answered('DELIVERY_UNKNOWN', data) };
    assert.deepEqual([...unknownIds([unknown, sent('ho')])], ['3EB0AA']);
  });

  it('rolls the same dice for the same seed, and loses no fault in the shuffle', () => {
    const roll = (seed: string) => shuffled(faults, createDice(seed)).map(({ name }) => name);
    assert.deepEqual(roll('7'), roll('7'));
    assert.notDeepEqual(roll('7'), roll('8'));
    assert.deepEqual(roll('7').toSorted(), faults.map(({ name }) => name).toSorted());
  });

  it('keeps every row of the table within its columns', () => {
    const printed: string[] = [];
    const out = createTerminal({ write: (text) => printed.push(text) > 0 }, {});
    printFaultHead(out);
    const report = { byEngine: { baileys: 12 }, byStore: 0, takenOver: 12, told: 3, slowestMs: 12_345 };
    for (const { name } of faults) printFault(out, { ...report, name, calls: 1_234, backAfterMs: 6_100 });
    printFault(out, { ...report, name: 'x', calls: 0, backAfterMs: null });
    const widths = printed.map((line) => displayWidth(line.trimEnd()));
    assert.deepEqual([...new Set(widths)], [widths[0]]);
  });
});
