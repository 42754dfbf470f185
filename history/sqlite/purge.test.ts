import assert from 'node:assert/strict';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import type { Observation } from '#engines/contract/observation.ts';
import type { PurgedMedia } from '../contracts/maintenance.ts';
import { ANNA_LID, ANNA_PN, BERT_PN, type Bench, GROUP, message, openBench, T0 } from '../test-support.ts';
import { dump, flaws, type Sight, sights } from '../test-world.ts';

const DAY = 86_400;
const CUT = T0 - 100 * DAY;
/** Base64 of 32 bytes. */
const hash = (byte: number) => Buffer.alloc(32, byte).toString('base64');
const hex = (byte: number) => Buffer.alloc(32, byte).toString('hex');

describe('purging old messages', () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = await openBench();
  });
  afterEach(() => bench.close());

  const rows = <T>(sql: string) => {
    const db = new Database(bench.file, { readonly: true });
    try {
      return db.prepare<[], T>(sql).all();
    } finally {
      db.close();
    }
  };
  const purgeAll = async (before = CUT, limit = 3) => {
    let messages = 0;
    for (let steps = 0; steps < 200; steps += 1) {
      const step = await bench.history.maintenance.purge(before, limit);
      messages += step.messages;
      if (step.done) return { messages, media: step.media };
    }
    return assert.fail('it does not end');
  };
  const old = (n: number, change: Partial<Parameters<typeof message>[0]> = {}) =>
    message({ id: `O${n}`, sentAt: CUT - 1_000 + n, ...change });

  it('takes everything away that hangs on them, and leaves what is newer, chats and people', async () => {
    await bench.ingest([
      ...Array.from({ length: 10 }, (_none, n) => old(n, { fromMe: n % 2 === 0, text: `umbrella ${n}` })),
      old(20, { chat: GROUP, sender: BERT_PN, type: 'image', media: { mime: 'image/png', sha256: hash(1) } }),
      message({ id: 'N1', text: 'umbrella new', sentAt: CUT }),
      message({ id: 'N2', chat: GROUP, sender: ANNA_PN, text: 'umbrella group', sentAt: T0 - DAY }),
      { kind: 'edit', chat: ANNA_PN, id: 'O1', fromMe: false, sender: ANNA_PN, text: 'parasol', at: CUT + 5 },
      {
        kind: 'reaction',
        chat: ANNA_PN,
        id: 'O1',
        fromMe: false,
        sender: ANNA_PN,
        by: null,
        emoji: '👍',
        at: CUT + 5,
      },
      { kind: 'receipt', chat: ANNA_PN, ids: ['O2'], recipient: ANNA_PN, status: 'read', at: CUT + 6 },
      {
        kind: 'reaction',
        chat: ANNA_PN,
        id: 'never',
        fromMe: false,
        sender: ANNA_PN,
        by: null,
        emoji: '👍',
        at: CUT - 50,
      },
    ]);
    await bench.ingest([old(1, { text: 'umbrella 1' })], 'webjs');
    const before = await bench.history.overview();
    assert.deepEqual(await purgeAll(), {
      messages: 11,
      media: [
        {
          key: (await keyOf('media')) ?? 0,
          sha256: hex(1),
          message: { chatJid: GROUP, id: 'O20', fromMe: false, sender: BERT_PN },
        },
      ],
    });
    const after = await bench.history.overview();
    assert.deepEqual([after.messages, after.media, after.people], [2, 0, before.people]);
    assert.equal(after.oldestMessageAt, CUT);
    for (const table of ['revisions', 'reactions', 'receipts', 'media', 'pending'])
      assert.deepEqual(rows(`SELECT * FROM ${table}`), [], table);
    assert.equal(rows(`SELECT * FROM message_observations`).length, 2);
    assert.equal(rows(`SELECT * FROM chat_authors`).length, 1);
    const hits = await bench.history.search.run({ text: 'umbrella OR parasol', mode: 'auto', limit: 50 });
    assert.deepEqual([hits.degraded, hits.hits.map((hit) => hit.message.id)], [null, ['N2', 'N1']]);
    assert.deepEqual([flaws(bench.file), await bench.history.integrity()], [[], []]);
  });

  /** Of the only file that waits for being removed. */
  const keyOf = async (_what: 'media') => (await bench.history.maintenance.purge(0, 1)).media[0]?.key;

  it('does not store them again when history brings them back', async () => {
    const told = [old(1), old(2), message({ id: 'N', sentAt: CUT })];
    await bench.ingest(told);
    assert.equal(await bench.history.maintenance.purgedBefore(), null);
    await purgeAll();
    const report = await bench.ingest(
      [...told, old(3), message({ id: 'N2', sentAt: CUT + 1 })].map((one) => ({
        ...one,
        via: 'page' as const,
      })),
      'webjs',
    );
    assert.deepEqual([report.messagesAdded, report.messagesDeduplicated, report.messagesEnriched], [1, 4, 0]);
    assert.equal((await bench.history.overview()).messages, 2);
    // A page that brings nothing but such messages brings nothing new.
    await bench.ingest([
      ...told.map((one) => ({ ...one, via: 'page' as const, page: 'request' })),
      {
        kind: 'history-page',
        requestId: 'request',
        chat: ANNA_PN,
        messages: 3,
        before: null,
        oldest: null,
        end: 'more-on-phone',
      },
    ]);
    assert.deepEqual(rows(`SELECT messages, added FROM history_pages`), [{ messages: 3, added: 0 }]);
    // A shorter purge afterwards does not take the mark back.
    await purgeAll(CUT - 10 * DAY);
    assert.equal(await bench.history.maintenance.purgedBefore(), CUT);
    assert.deepEqual(flaws(bench.file), []);
  });

  it('never refuses what is still to come', async () => {
    await bench.ingest([old(1)]);
    await purgeAll(T0 + 10 * DAY);
    assert.equal(await bench.history.maintenance.purgedBefore(), T0);
    assert.equal((await bench.ingest([message({ id: 'N', sentAt: T0 })])).messagesAdded, 1);
  });

  it('keeps unread what is unread and there', async () => {
    const unread = async (chat: string) => (await bench.history.chats.byJid(chat))?.unread;
    await bench.ingest([
      ...[1, 2, 3].map((n) => old(n)),
      ...[1, 2].map((n) => message({ id: `N${n}`, sentAt: T0 - n })),
      // Told by the phone of a chat of which only four messages came.
      ...[4, 5, 6].map((n) => old(n, { chat: BERT_PN, via: 'push' })),
      message({ id: 'N3', chat: BERT_PN, sentAt: T0, via: 'push' }),
      { kind: 'chat', chat: BERT_PN, unread: 9 },
      ...[7, 8].map((n) => old(n, { chat: GROUP, sender: BERT_PN })),
    ]);
    assert.deepEqual([await unread(ANNA_PN), await unread(BERT_PN), await unread(GROUP)], [5, 9, 2]);
    await bench.history.maintenance.purge(CUT, 2);
    assert.equal(await unread(ANNA_PN), 3);
    await purgeAll();
    assert.deepEqual([await unread(ANNA_PN), await unread(BERT_PN), await unread(GROUP)], [2, 6, 0]);
    const group = await bench.history.chats.byJid(GROUP);
    assert.deepEqual([group?.messageCount, group?.lastMessage], [0, null]);
  });

  it('names a file only when no message needs it any more, until it is removed', async () => {
    const image = (n: number, byte: number | null, sentAt: number) =>
      message({
        id: `I${n}`,
        type: 'image',
        sentAt,
        media: { mime: 'image/png', ...(byte === null ? {} : { sha256: hash(byte) }) },
      });
    await bench.ingest([
      image(1, 1, CUT - 5),
      image(2, 2, CUT - 4),
      image(3, null, CUT - 3),
      image(4, 1, CUT - 2),
      image(5, 2, T0),
    ]);
    const shas = (media: readonly PurgedMedia[]) => media.map((one) => [one.message.id, one.sha256]);
    const first = await bench.history.maintenance.purge(CUT, 3);
    assert.deepEqual(shas(first.media), [['I3', null]]);
    const second = await bench.history.maintenance.purge(CUT, 3);
    assert.deepEqual(shas(second.media), [
      ['I3', null],
      ['I4', hex(1)],
    ]);
    await bench.history.maintenance.mediaRemoved(second.media.map((one) => one.key));
    assert.deepEqual(await bench.history.maintenance.purge(CUT, 3), { messages: 0, media: [], done: true });
  });

  it('takes them out of the journal of merges too', async () => {
    const both = (n: number, sentAt: number) => [
      message({ id: `M${n}`, chat: ANNA_PN, sender: ANNA_PN, text: `secret ${n}`, sentAt }),
      message({ id: `M${n}`, chat: ANNA_LID, sender: ANNA_LID, text: `secret ${n} longer`, sentAt }),
    ];
    await bench.ingest([
      ...both(1, CUT - 10),
      ...both(2, T0 - 10),
      old(5, { chat: ANNA_PN, sender: ANNA_PN }),
      {
        kind: 'edit',
        chat: ANNA_LID,
        id: 'M7',
        fromMe: false,
        sender: ANNA_LID,
        text: 'secret 7',
        at: CUT - 10,
      },
    ]);
    await bench.ingest([{ kind: 'identity-link', pn: ANNA_PN, lid: ANNA_LID, source: 'usync', at: T0 }]);
    const journal = () => JSON.stringify(rows(`SELECT before, after FROM merge_rows`));
    assert.match(journal(), /secret 1/);
    assert.match(journal(), /secret 7/);
    await purgeAll();
    assert.doesNotMatch(journal(), /secret [17]/);
    assert.match(journal(), /secret 2/);
    assert.deepEqual(rows(`SELECT * FROM merge_moves WHERE pk / 65536 < ${CUT}`), []);
    const [merge] = rows<{ id: number }>(`SELECT id FROM merges`);
    await bench.history.identity.undo(merge?.id ?? 0);
    assert.deepEqual(flaws(bench.file), []);
    assert.equal((await bench.history.overview()).messages, 2);
  });

  it('meanwhile a rebuild of the index comes out right', async () => {
    await bench.ingest([
      ...Array.from({ length: 40 }, (_none, n) => old(n)),
      ...Array.from({ length: 40 }, (_none, n) => message({ id: `N${n}`, sentAt: T0 - n })),
    ]);
    const { maintenance } = bench.history;
    let { next } = await maintenance.reindex(null, 7);
    for (let steps = 0; next !== null && steps < 100; steps += 1) {
      await maintenance.purge(CUT, 9);
      next = (await maintenance.reindex(next, 7)).next;
    }
    assert.deepEqual([next, (await maintenance.index()).usable, flaws(bench.file)], [null, true, []]);
  });

  describe('at any moment', function () {
    this.retries(0);
    it('leaves the store as one that never had them', async function () {
      this.timeout(120_000);
      const cases = fc.record({
        seen: sights,
        at: fc.nat(50),
        days: fc.integer({ min: 0, max: IDS.length }),
        limit: fc.integer({ min: 1, max: 6 }),
      });
      await fc.assert(
        fc.asyncProperty(cases, async ({ seen, at, days, limit }) => {
          const before = T0 - days * DAY - DAY / 2;
          const dated = seen.map((one) => ({ ...one, observation: spread(one.observation) }));
          const purged = await stateAfter(dated, { at, before, limit });
          const whole = await stateAfter(dated, null);
          assert.deepEqual(newer(purged, before), newer(whole, before));
          assert.deepEqual(purged.messages, newer(purged, before).messages);
          assert.deepEqual([purged.people, purged.aliases], [whole.people, whole.aliases]);
        }),
        { seed: 20_261_121, numRuns: 40 },
      );
    });
  });
});

const IDS = ['A1', 'A2', 'A3', 'B2', 'G1', 'G2', 'G3', 'C1', 'C2'];

/** Each message id on a day of its own, so that a cut between days is clear; changes come after all of them. */
function spread(observation: Observation): Observation {
  if (observation.kind !== 'message') return observation;
  const day = IDS.length - IDS.indexOf(observation.id);
  return { ...observation, sentAt: T0 - day * DAY + (observation.sentAt % 3) };
}

type Named = { readonly name: string };
interface Dump extends Readonly<Record<string, unknown>> {
  readonly messages: readonly (Named & { readonly sent_at: number })[];
  readonly revisions: readonly Named[];
  readonly reactions: readonly Named[];
  readonly receipts: readonly Named[];
  readonly observations: readonly Named[];
}

function newer(state: Dump, before: number) {
  const messages = state.messages.filter((row) => row.sent_at >= before);
  const names = new Set(messages.map((row) => row.name));
  const of = (part: readonly Named[]) => part.filter((row) => names.has(row.name));
  return {
    messages,
    revisions: of(state.revisions),
    reactions: of(state.reactions),
    receipts: of(state.receipts),
    observations: of(state.observations),
  };
}

async function stateAfter(
  seen: readonly Sight[],
  purge: { readonly at: number; readonly before: number; readonly limit: number } | null,
): Promise<Dump> {
  const bench = await openBench();
  try {
    for (const [at, { observation, engine }] of [...seen.entries()]) {
      if (purge !== null && at === purge.at % seen.length)
        for (let steps = 0; steps < 50; steps += 1)
          if ((await bench.history.maintenance.purge(purge.before, purge.limit)).done) break;
      await bench.ingest([observation], engine);
    }
    assert.deepEqual(flaws(bench.file), []);
    return dump(bench.file) as Dump;
  } finally {
    await bench.close();
  }
}
