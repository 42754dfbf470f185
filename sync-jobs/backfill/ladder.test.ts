import assert from 'node:assert/strict';
import type { HistoryAnchor } from '#engines/contract/message.ts';
import { ANNA_LID, ANNA_PN } from '#history/test-support.ts';
import { type LadderFacts, ladderOf } from './ladder.ts';

const anchor = (id: string): HistoryAnchor => ({ id, fromMe: false, sender: null, sentAt: 1 });
const facts: LadderFacts = {
  anchors: ['A', 'B', 'C', 'D'].map(anchor),
  jids: [ANNA_LID, ANNA_PN],
  engines: ['baileys', 'webjs'],
  preferred: null,
};
const rungs = (change: Partial<LadderFacts> = {}) =>
  ladderOf({ ...facts, ...change }).map(({ by, chat, anchor: { id }, engine }) => [by, chat, id, engine]);

describe('the ladder of requests', () => {
  it('begins at the oldest message, and tries other messages, the other identity and the other engine', () => {
    assert.deepEqual(rungs(), [
      [null, ANNA_LID, 'A', null],
      ['anchor', ANNA_LID, 'B', null],
      ['anchor', ANNA_LID, 'C', null],
      ['identity', ANNA_PN, 'A', null],
      ['engine', ANNA_LID, 'A', 'webjs'],
    ]);
  });

  it('ends with the engine that was not asked on the other rungs', () => {
    assert.deepEqual(rungs({ preferred: 'webjs' }).at(-1), ['engine', ANNA_LID, 'A', 'baileys']);
  });

  it('has no rung for what is not there', () => {
    const one = { anchors: [anchor('A')], jids: [ANNA_LID], engines: ['baileys'] as const };
    assert.deepEqual(rungs({ ...one, preferred: 'webjs' }), [[null, ANNA_LID, 'A', null]]);
    assert.deepEqual(rungs({ anchors: [] }), []);
    assert.equal(rungs({ engines: [] }).length, 4);
  });
});
