import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Observation } from '#engines/contract/observation.ts';
import {
  ANNA_LID,
  ANNA_PN,
  BERT_LID,
  BERT_PN,
  type Bench,
  GROUP,
  message,
  openBench,
  T0,
} from '../test-support.ts';
import { ANNA_OLD_PN, dump, flaws, sights } from '../test-world.ts';

const link = (pn: string, lid: string, at = T0): Observation => ({
  kind: 'identity-link',
  pn,
  lid,
  source: 'usync',
  at,
});

describe('identity', () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = await openBench();
  });
  afterEach(() => bench.close());

  it('merges the chats of a number and of a hidden id once they are known to be one person', async () => {
    await bench.ingest([
      message({ id: 'P1', chat: ANNA_PN, text: 'under the number', via: 'page' }),
      message({ id: 'L1', chat: ANNA_LID, text: 'under the hidden id', via: 'page', sentAt: T0 + 1 }),
      message({ id: 'BOTH', chat: ANNA_PN, text: 'seen twice', sentAt: T0 + 2 }),
      message({ id: 'BOTH', chat: ANNA_LID, text: 'seen twice', sentAt: T0 + 2 }),
      { kind: 'contact', jid: ANNA_PN, name: 'Anna' },
    ]);
    assert.equal((await bench.history.chats.list({ sort: 'last_active', limit: 9 })).total, 2);
    await bench.ingest([link(ANNA_PN, ANNA_LID)]);
    const { items } = await bench.history.chats.list({ sort: 'last_active', limit: 9 });
    assert.deepEqual(
      items.map((chat) => [chat.jid, chat.name, chat.messageCount, chat.aliases]),
      [[ANNA_LID, 'Anna', 3, [ANNA_LID, ANNA_PN]]],
    );
    const chat = items[0];
    assert.ok(chat);
    assert.equal((await bench.history.chats.byJid(ANNA_PN))?.id, chat.id);
    const found = await bench.history.search.run({ text: 'under', mode: 'auto', limit: 5, chatId: chat.id });
    assert.deepEqual(
      found.hits.map((hit) => hit.message.id),
      ['L1', 'P1'],
    );
    assert.deepEqual(flaws(bench.file), []);
  });

  it('learns from messages that carry both ids', async () => {
    await bench.ingest([message({ id: 'P1', chat: ANNA_PN })]);
    await bench.ingest([message({ id: 'L1', chat: ANNA_LID, sender: ANNA_LID, senderAlt: ANNA_PN })]);
    assert.equal((await bench.history.people.byJid(ANNA_PN))?.lid, ANNA_LID);
    assert.equal((await bench.history.messages.list({ order: 'newest', limit: 9 })).items.length, 2);
    assert.equal((await bench.history.chats.list({ sort: 'name', limit: 9 })).total, 1);
  });

  it('applies what waited under the other identity', async () => {
    await bench.ingest([
      { kind: 'edit', chat: ANNA_LID, id: 'P1', fromMe: false, sender: ANNA_LID, text: 'edited', at: T0 + 9 },
      message({ id: 'P1', chat: ANNA_PN }),
    ]);
    await bench.ingest([link(ANNA_PN, ANNA_LID)]);
    assert.equal((await bench.history.messages.byId('P1'))[0]?.text, 'edited');
  });

  it('keeps the person when the number changes, and shows the newest number', async () => {
    await bench.ingest([
      message({ id: 'O1', chat: ANNA_OLD_PN }),
      link(ANNA_OLD_PN, ANNA_LID, T0 - 1_000),
      link(ANNA_PN, ANNA_LID, T0),
      message({ id: 'N1', chat: ANNA_PN }),
    ]);
    const person = await bench.history.people.byJid(ANNA_OLD_PN);
    assert.deepEqual([person?.pn, person?.lid], [ANNA_PN, ANNA_LID]);
    assert.equal((await bench.history.chats.byJid(ANNA_PN))?.messageCount, 2);
  });

  it('gives a number to the newest hidden id, and leaves the earlier person the earlier messages', async () => {
    await bench.ingest([
      link(ANNA_PN, ANNA_LID, T0 - 1_000),
      message({ id: 'OLD', chat: ANNA_PN }),
      link(ANNA_PN, BERT_LID, T0),
      message({ id: 'NEW', chat: ANNA_PN }),
      // Older evidence that comes late changes nothing.
      link(ANNA_PN, ANNA_LID, T0 - 500),
    ]);
    assert.equal((await bench.history.people.byJid(ANNA_PN))?.lid, BERT_LID);
    assert.equal((await bench.history.people.byJid(ANNA_LID))?.pn, null);
    assert.equal((await bench.history.messages.byId('OLD'))[0]?.chatJid, ANNA_LID);
    assert.equal((await bench.history.messages.byId('NEW'))[0]?.chatJid, BERT_LID);
    assert.deepEqual(flaws(bench.file), []);
  });

  it('takes a merge apart and does not repeat it by itself', async () => {
    await bench.ingest([message({ id: 'P1', chat: ANNA_PN }), message({ id: 'L1', chat: ANNA_LID })]);
    await bench.ingest([link(ANNA_PN, ANNA_LID)]);
    const [merge] = await bench.history.identity.merges(5);
    assert.ok(merge);
    await bench.ingest([message({ id: 'LATER', chat: ANNA_LID })]);
    await bench.history.identity.undo(merge.id);
    // What came after the merge stays with the row that was kept, here the older one.
    assert.equal((await bench.history.chats.byJid(ANNA_PN))?.messageCount, 2);
    assert.equal((await bench.history.chats.byJid(ANNA_LID))?.messageCount, 1);
    await bench.ingest([link(ANNA_PN, ANNA_LID, T0 + 50)]);
    assert.notEqual(
      (await bench.history.people.byJid(ANNA_PN))?.id,
      (await bench.history.people.byJid(ANNA_LID))?.id,
    );
    assert.deepEqual(flaws(bench.file), []);
    assert.equal((await bench.history.identity.merges(5))[0]?.undoneAt, T0);
    await assert.rejects(bench.history.identity.undo(merge.id), { code: 'VALIDATION_ERROR' });
    await assert.rejects(bench.history.identity.undo(4_711), { code: 'VALIDATION_ERROR' });
  });

  it('undoes a merge whose message key has gone to a newer message', async () => {
    await bench.ingest([message({ id: 'X', chat: ANNA_PN }), message({ id: 'X', chat: ANNA_LID })]);
    await bench.ingest([link(ANNA_PN, ANNA_LID), message({ id: 'Y', chat: GROUP, sender: BERT_LID })]);
    const [merge] = await bench.history.identity.merges(1);
    await bench.history.identity.undo(merge?.id ?? 0);
    assert.equal((await bench.history.messages.byId('X')).length, 2);
    assert.equal((await bench.history.messages.byId('Y')).length, 1);
    assert.deepEqual(flaws(bench.file), []);
  });

  it('settles placeholders across the two identities, and for both of them when the merge is undone', async () => {
    const placeholder = (id: string, chat: string) =>
      message({ id, chat, type: 'undecryptable', text: undefined });
    const settled = (id: string, chat: string): Observation => ({
      kind: 'no-message',
      chat,
      id,
      fromMe: false,
      sender: chat,
    });
    const ids = async () =>
      (await bench.history.messages.list({ order: 'oldest', limit: 9 })).items.map(({ id }) => id);
    await bench.ingest([
      placeholder('BEFORE', ANNA_PN),
      settled('BEFORE', ANNA_LID),
      placeholder('DURING', ANNA_PN),
      placeholder('DURING', ANNA_LID),
    ]);
    assert.deepEqual((await ids()).toSorted(), ['BEFORE', 'DURING', 'DURING']);
    await bench.ingest([link(ANNA_PN, ANNA_LID)]);
    assert.deepEqual(await ids(), ['DURING']);
    bench.clock.advance(1_000);
    await bench.ingest([settled('DURING', ANNA_PN)]);
    assert.deepEqual(await ids(), []);
    const [merge] = await bench.history.identity.merges(1);
    await bench.history.identity.undo(merge?.id ?? 0);
    // What was known before the merge is true of one of them only; what was learned since may be of either.
    assert.deepEqual(await ids(), ['BEFORE']);
    assert.deepEqual(flaws(bench.file), []);
    await bench.ingest([placeholder('DURING', ANNA_LID), placeholder('DURING', ANNA_PN)]);
    assert.deepEqual(await ids(), ['BEFORE']);
  });

  it('undoes merges of any content exactly', async function () {
    this.timeout(60_000);
    await fc.assert(
      fc.asyncProperty(sights, async (seen) => {
        const one = await openBench();
        try {
          await one.ingest(everyStoryTwice());
          for (const { engine, observation } of seen) {
            const stripped = unlinked(observation);
            if (stripped !== null) await one.ingest([stripped], engine);
          }
          const before = dump(one.file);
          await one.ingest([link(ANNA_PN, ANNA_LID), link(BERT_PN, BERT_LID)]);
          assert.deepEqual(flaws(one.file), []);
          const merges = await one.history.identity.merges(9);
          assert.equal(merges.length, 2);
          for (const merge of merges) await one.history.identity.undo(merge.id);
          assert.deepEqual(flaws(one.file), []);
          assert.deepEqual(dump(one.file), before);
        } finally {
          await one.close();
        }
      }),
      { seed: 31, numRuns: 25 },
    );
  });

  it('recognises the account itself, also when it is told late', async () => {
    const me = { pn: '4915999999999@s.whatsapp.net', lid: '999999999999999@lid', pushName: 'Me' };
    await bench.ingest([
      message({ id: 'G1', chat: GROUP, sender: BERT_LID }),
      {
        kind: 'reaction',
        chat: GROUP,
        id: 'G1',
        fromMe: false,
        sender: BERT_LID,
        by: me.lid,
        emoji: '👍',
        at: T0,
      },
    ]);
    assert.equal(await bench.history.account.get(), null);
    await bench.history.account.claim({ ...me, lid: null });
    assert.deepEqual(await bench.history.account.claim(me), me);
    assert.deepEqual(await bench.history.account.get(), me);
    assert.equal((await bench.history.people.byJid(me.lid))?.isMe, true);
    assert.equal((await bench.history.messages.byId('G1'))[0]?.reactions[0]?.by, null);
    await assert.rejects(bench.history.account.claim({ pn: BERT_PN, lid: BERT_LID, pushName: null }), {
      code: 'ACCOUNT_MISMATCH',
    });
    assert.deepEqual(flaws(bench.file), []);
  });
});

/** The same without anything that ties a number to a hidden id. */
function unlinked(observation: Observation): Observation | null {
  if (observation.kind === 'identity-link') return null;
  const copy = { ...observation } as Record<string, unknown>;
  for (const key of ['alt', 'chatAlt', 'senderAlt', 'byAlt', 'recipientAlt']) delete copy[key];
  if (copy.fromMe === false && copy.chat !== GROUP) copy.sender = copy.chat;
  return copy as Observation;
}

/** Under the number and under the hidden id, so that nothing waits, and some under one of them only. */
function everyStoryTwice(): Observation[] {
  const both = [
    { jid: ANNA_PN, only: 'AP' },
    { jid: ANNA_LID, only: 'AL' },
    { jid: BERT_PN, only: 'BP' },
    { jid: BERT_LID, only: 'BL' },
  ].flatMap(({ jid, only }) => [
    ...['A1', 'A3', only].map((id) => message({ id, chat: jid })),
    ...['A2', 'B2'].map((id) => message({ id, chat: jid, fromMe: true })),
    ...['G1', 'G3'].map((id) => message({ id, chat: GROUP, sender: jid })),
  ]);
  return [...both, message({ id: 'G2', chat: GROUP, fromMe: true })];
}
