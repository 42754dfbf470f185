import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { SearchQuery } from '../contracts/history.ts';
import { MARK_END, MARK_START } from '../search/highlight.ts';
import { ANNA_PN, BERT_PN, type Bench, GROUP, message, openBench, T0 } from '../test-support.ts';

const TEXTS: Readonly<Record<string, string>> = {
  T1: 'The umbrella is at the café',
  T2: 'umbrellas for everybody, in the CAFE',
  T3: 'see https://example.org/umbrella',
  T4: 'gut 👍🏽 und 🎉🎉',
  T5: '明日は会議があります',
  T6: 'พรุ่งนี้เรามีประชุม',
  T7: 'हिन्दी में संदेश',
  T8: "Straße nach Köln-Mülheim, don't worry",
  T9: '50% off c1 (really)',
};

describe('search', () => {
  let bench: Bench;
  before(async () => {
    bench = await openBench();
    await bench.ingest([
      { kind: 'contact', jid: ANNA_PN, name: 'Anna' },
      { kind: 'chat', chat: GROUP, name: 'Hiking club' },
      ...Object.entries(TEXTS).map(([id, text], i) => message({ id, text, sentAt: T0 + i * 86_400 })),
      message({ id: 'G1', chat: GROUP, sender: BERT_PN, text: 'umbrella in the group', sentAt: T0 - 500 }),
      message({
        id: 'I1',
        chat: GROUP,
        sender: ANNA_PN,
        type: 'image',
        text: 'umbrella picture',
        media: {},
        sentAt: T0 - 400,
      }),
      message({ id: 'M1', chat: GROUP, fromMe: true, text: 'my umbrella', sentAt: T0 - 300 }),
    ]);
  });
  after(() => bench.close());

  const find = async (text: string, more: Partial<SearchQuery> = {}) => {
    const page = await bench.history.search.run({ text, mode: 'auto', limit: 20, ...more });
    assert.equal(page.degraded, null);
    return page.hits.map((hit) => hit.message.id);
  };

  const expected: readonly (readonly [query: string, ids: readonly string[]])[] = [
    ['umbrella', ['T3', 'T1', 'M1', 'I1', 'G1']],
    ['cafe', ['T2', 'T1']],
    ['umbr* cafe', ['T2', 'T1']],
    ['umbrellas*', ['T2']],
    ['"umbrella is"', ['T1']],
    ['umbrella -cafe', ['T3', 'M1', 'I1', 'G1']],
    ['picture OR köln', ['T8', 'I1']],
    ['umbrella from:anna', ['T3', 'T1', 'I1']],
    ['umbrella from:me', ['M1']],
    ['umbrella in:hiking', ['M1', 'I1', 'G1']],
    ['umbrella has:image', ['I1']],
    ['umbrella has:link', ['T3']],
    ['has:image', ['I1']],
    ['from:bert', []],
    ['from:4915100000002', ['G1']],
    ['umbrella after:2026-02-03', ['T3']],
    ['umbrella before:2026-02-02', []],
    ['umbrella before:2026-02-02T02:40', ['M1', 'I1', 'G1']],
    ['-umbrella in:hiking', []],
    ['-everybody -off from:anna', ['T8', 'T7', 'T6', 'T5', 'T4', 'T3', 'T1', 'I1']],
    ['👍', ['T4']],
    ['🎉', ['T4']],
    ['会議', ['T5']],
    ['ประชุม', ['T6']],
    ['हिन्दी', ['T7']],
    ['STRASSE', []],
    ['straße', ['T8']],
    ["don't", ['T8']],
    ['koln-mulheim', ['T8']],
    ['%', ['T9']],
    ['(really)', ['T9']],
    ['c1', ['T9']],
    ['', ['T9', 'T8', 'T7', 'T6', 'T5', 'T4', 'T3', 'T2', 'T1', 'M1', 'I1', 'G1']],
  ];
  for (const [query, ids] of expected)
    it(`answers ${JSON.stringify(query)}`, async () => assert.deepEqual(await find(query), ids));

  it('searches phrases and plain parts as they stand', async () => {
    assert.deepEqual(await find('umbrella -is', { mode: 'phrase' }), ['T1']);
    assert.deepEqual(await find('BRELL', { mode: 'substring' }), ['T3', 'T2', 'T1', 'M1', 'I1', 'G1']);
    const { hits } = await bench.history.search.run({ text: '% o', mode: 'substring', limit: 5 });
    assert.equal(hits[0]?.snippet, `50${MARK_START}% o${MARK_END}ff c1 (really)`);
  });

  it('pages, with and without further conditions', async () => {
    for (const text of ['umbrella', 'umbr*', 'umbrella from:anna', '-cafe', 'umbrella has:link']) {
      const whole = await find(text);
      const seen: string[] = [];
      let after: number | undefined;
      for (let page = 0; page < 20; page += 1) {
        const { hits, next } = await bench.history.search.run({
          text,
          mode: 'auto',
          limit: 2,
          ...(after === undefined ? {} : { after }),
        });
        seen.push(...hits.map((hit) => hit.message.id));
        if (next === null) break;
        after = next;
      }
      assert.deepEqual(seen, whole, text);
    }
  });

  it('combines the filter of the call with the query', async () => {
    const chatId = (await bench.history.chats.byJid(GROUP))?.id ?? 0;
    assert.deepEqual(await find('umbrella', { chatId, fromMe: false }), ['I1', 'G1']);
    assert.deepEqual(await find('umbrella in:anna', { chatId }), []);
    assert.deepEqual(await find('umbrella', { types: ['text'], chatId }), ['M1', 'G1']);
    assert.deepEqual(await find('umbrella', { since: T0, until: T0 + 86_400 }), ['T1']);
    assert.deepEqual(await find('has:image', { types: ['text'] }), []);
  });

  it('finds every message by each of its words, and says how it read the query', async () => {
    for (const [id, text] of Object.entries(TEXTS))
      for (const word of text.split(/[\s,]+/)) assert.ok((await find(word)).includes(id), `${word} in ${id}`);
    const { read } = await bench.history.search.run({
      text: 'a  OR b from:anna -"c  d"',
      mode: 'auto',
      limit: 1,
    });
    assert.equal(read, 'a OR b -"c d" from:anna');
  });

  it('answers whatever is typed', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: 'grapheme', maxLength: 30 }),
        fc.constantFrom<SearchQuery['mode']>('auto', 'phrase', 'substring'),
        async (text, mode) => {
          await find(text, { mode });
        },
      ),
      { seed: 41, numRuns: 300 },
    );
  });
});
