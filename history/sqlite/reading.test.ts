import assert from 'node:assert/strict';
import type { Observation } from '#engines/contract/observation.ts';
import type { ChatCursor, ChatQuery } from '../contracts/history.ts';
import { ANNA_LID, ANNA_PN, BERT_PN, type Bench, GROUP, message, openBench, T0 } from '../test-support.ts';

describe('reading the history', () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = await openBench();
    await bench.ingest([
      { kind: 'contact', jid: ANNA_PN, alt: ANNA_LID, name: 'Ánna Größe', pushName: 'annie' },
      { kind: 'contact', jid: BERT_PN, pushName: 'Bert Anders' },
      { kind: 'chat', chat: GROUP, name: 'Wanderklub Ärzte', pinnedAt: T0 },
      { kind: 'chat', chat: 'status@broadcast' },
      ...Array.from({ length: 30 }, (_none, i) =>
        message({ id: `A${i}`, text: `number ${i}`, sentAt: T0 + i, fromMe: i % 3 === 0 }),
      ),
      message({
        id: 'B0',
        chat: BERT_PN,
        sentAt: T0 + 100,
        via: 'push',
        type: 'image',
        text: 'look',
        media: { mime: 'image/png' },
      }),
      message({
        id: 'G0',
        chat: GROUP,
        sender: ANNA_LID,
        sentAt: T0 + 200,
        mentions: [BERT_PN],
        quoted: { id: 'Q', sender: ANNA_PN, text: 'before' },
      }),
      message({ id: 'ST', chat: 'status@broadcast', sender: BERT_PN, sentAt: T0 + 300 }),
    ] as Observation[]);
  });
  afterEach(() => bench.close());

  const chatId = async (jid: string) => (await bench.history.chats.byJid(jid))?.id ?? 0;
  const names = async (query: Partial<ChatQuery>) =>
    (await bench.history.chats.list({ sort: 'last_active', limit: 10, ...query })).items.map(
      (chat) => chat.name,
    );

  it('lists chats by activity and by name, filtered in any case', async () => {
    assert.deepEqual(await names({}), ['Wanderklub Ärzte', 'Bert Anders', 'Ánna Größe']);
    assert.deepEqual(await names({ sort: 'name' }), ['Ánna Größe', 'Bert Anders', 'Wanderklub Ärzte']);
    assert.deepEqual(await names({ text: 'ARZTE' }), ['Wanderklub Ärzte']);
    assert.deepEqual(await names({ text: 'groß' }), ['Ánna Größe']);
    assert.deepEqual(await names({ text: '+49 151 00000001' }), ['Ánna Größe']);
    assert.deepEqual(await names({ kinds: ['group'] }), ['Wanderklub Ärzte']);
    assert.deepEqual(await names({ unreadOnly: true }), ['Wanderklub Ärzte', 'Ánna Größe']);
    assert.deepEqual(await names({ pinnedOnly: true }), ['Wanderklub Ärzte']);
    assert.deepEqual(await names({ archived: true }), []);
    assert.deepEqual(
      (await bench.history.chats.list({ sort: 'name', limit: 5, system: true })).items.map(
        (chat) => chat.jid,
      ),
      ['status@broadcast'],
    );
  });

  for (const sort of ['last_active', 'name'] as const)
    it(`pages through chats by ${sort}, each once`, async () => {
      const seen: number[] = [];
      let after: ChatCursor | undefined;
      for (let page = 0; page < 10; page += 1) {
        const { items, next, total } = await bench.history.chats.list({
          sort,
          limit: 1,
          ...(after === undefined ? {} : { after }),
        });
        assert.equal(total, 3);
        seen.push(...items.map((chat) => chat.id));
        if (next === null) break;
        after = next;
      }
      assert.equal(new Set(seen).size, 3);
      assert.equal(seen.length, 3);
    });

  it('knows the chats of a person', async () => {
    const anna = await bench.history.people.byJid(ANNA_PN);
    assert.ok(anna);
    const { items, total, next } = await bench.history.chats.ofPerson(anna.id, 1, 0);
    assert.deepEqual([items.map((chat) => chat.jid), total, next], [[GROUP], 2, 1]);
    assert.deepEqual(
      (await bench.history.chats.ofPerson(anna.id, 5, 1)).items.map((chat) => chat.jid),
      [ANNA_LID],
    );
    assert.equal(await bench.history.chats.get(4_711), null);
    assert.equal(await bench.history.chats.byJid('nonsense'), null);
  });

  it('pages through messages in both orders and counts on demand', async () => {
    const id = await chatId(ANNA_PN);
    for (const order of ['newest', 'oldest'] as const) {
      const seen: string[] = [];
      let after: number | undefined;
      do {
        const page = await bench.history.messages.list({
          chatId: id,
          order,
          limit: 7,
          withTotal: true,
          ...(after === undefined ? {} : { after }),
        });
        assert.equal(page.total, 30);
        seen.push(...page.items.map((item) => item.id));
        after = page.next ?? undefined;
      } while (after !== undefined);
      const inOrder = Array.from({ length: 30 }, (_none, i) => `A${i}`);
      assert.deepEqual(seen, order === 'oldest' ? inOrder : inOrder.reverse());
    }
  });

  it('filters messages', async () => {
    const anna = (await bench.history.people.byJid(ANNA_PN))?.id ?? 0;
    const count = async (filter: object) =>
      (await bench.history.messages.list({ order: 'newest', limit: 100, withTotal: true, ...filter })).total;
    assert.equal(await count({}), 33);
    assert.equal(await count({ fromMe: true }), 10);
    assert.equal(await count({ senderId: 1 }), 10);
    assert.equal(await count({ senderId: anna }), 21);
    assert.equal(await count({ hasMedia: true }), 1);
    assert.equal(await count({ types: ['image'] }), 1);
    assert.equal(await count({ types: ['image', 'text'] }), 33);
    assert.equal(await count({ since: T0 + 10, until: T0 + 20 }), 10);
    const second = await bench.history.messages.list({ order: 'newest', limit: 2, offset: 2 });
    assert.deepEqual(
      second.items.map((item) => item.id),
      ['B0', 'A29'],
    );
  });

  it('gives the neighbours of a message', async () => {
    const [middle] = await bench.history.messages.byId('A10');
    assert.ok(middle);
    const { before, after } = await bench.history.messages.context(middle.key, 2, 3);
    assert.deepEqual(
      [before.map((one) => one.id), after.map((one) => one.id)],
      [
        ['A8', 'A9'],
        ['A11', 'A12', 'A13'],
      ],
    );
    assert.deepEqual(await bench.history.messages.context(-1, 2, 2), { before: [], after: [] });
  });

  it('names people as they are known now, also inside messages', async () => {
    const [found] = await bench.history.messages.byId('G0');
    assert.deepEqual(found?.quoted, { id: 'Q', sender: ANNA_LID, text: 'before' });
    assert.deepEqual(found?.mentions, [BERT_PN]);
    assert.deepEqual(
      [found?.sender?.jid, found?.sender?.name, found?.chatName],
      [ANNA_LID, 'Ánna Größe', 'Wanderklub Ärzte'],
    );
  });

  it('streams every id', async () => {
    const seen: string[] = [];
    for await (const { chatJid, id, fromMe, sender } of bench.history.messages.everyId())
      seen.push(`${chatJid} ${id} ${fromMe} ${sender}`);
    assert.equal(seen.length, 33);
    assert.ok(seen.includes(`${GROUP} G0 false ${ANNA_LID}`));
    assert.ok(seen.includes(`${ANNA_LID} A0 true null`));
  });

  it('matches people with scores', async () => {
    const match = async (text: string) =>
      (await bench.history.people.match({ text, limit: 5 })).map(({ person, score, matchedBy }) => [
        person.pn,
        score,
        matchedBy,
      ]);
    assert.deepEqual(await match('ANNA GRÖSSE'), [[ANNA_PN, 100, 'name']]);
    assert.deepEqual(await match('anna größe'), [[ANNA_PN, 100, 'name']]);
    assert.deepEqual(await match('an'), [
      [ANNA_PN, 80, 'name'],
      [BERT_PN, 55, 'pushname'],
    ]);
    assert.deepEqual(await match('annie'), [[ANNA_PN, 95, 'pushname']]);
    assert.deepEqual(await match('+49 151 0000 0001'), [[ANNA_PN, 100, 'number']]);
    assert.deepEqual(await match('49151000'), [
      [BERT_PN, 90, 'number'],
      [ANNA_PN, 90, 'number'],
    ]);
    assert.deepEqual(await match(ANNA_LID), [[ANNA_PN, 60, 'id']]);
    assert.deepEqual(await match('   '), []);
    const bert = (await bench.history.people.byJid(BERT_PN))?.id ?? 0;
    await bench.history.people.setCustomName(bert, 'Uncle');
    assert.deepEqual(await match('uncle'), [[BERT_PN, 100, 'name']]);
    await bench.history.people.setCustomName(bert, null);
    assert.equal((await bench.history.people.get(bert))?.name, 'Bert Anders');
    await assert.rejects(bench.history.people.setCustomName(4_711, 'x'), { code: 'CONTACT_NOT_FOUND' });
  });

  it('remembers who is blocked, and what became of a chat', async () => {
    const { people, chats } = bench.history;
    const bert = await people.byJid(BERT_PN);
    assert.ok(bert);
    await people.setBlocked(bert.id, true);
    assert.deepEqual(await people.blocked(10), [bert]);
    assert.deepEqual(await people.blocked(0), []);
    await people.setBlocked(bert.id, false);
    assert.deepEqual(await people.blocked(10), []);
    const id = await chatId(BERT_PN);
    const state = async () => {
      const chat = await chats.get(id);
      return [chat?.archived, chat?.pinnedAt, chat?.mutedUntil];
    };
    await chats.setState(id, { archived: true, pinnedAt: T0 });
    await chats.setState(id, { mutedUntil: 0 });
    assert.deepEqual(await state(), [true, T0, 0]);
    await chats.setState(id, { archived: false, pinnedAt: null, mutedUntil: null });
    assert.deepEqual(await state(), [false, null, null]);
  });

  it('sums up', async () => {
    const overview = await bench.history.overview();
    assert.deepEqual(
      [
        overview.messages,
        overview.chats,
        overview.people,
        overview.media,
        overview.unread,
        overview.lastIngestAt,
      ],
      [33, 3, 2, 1, 22, T0],
    );
    assert.deepEqual(
      [await bench.history.ingest.lastAt('baileys'), await bench.history.ingest.lastAt('webjs')],
      [T0, null],
    );
    assert.deepEqual([overview.oldestMessageAt, overview.newestMessageAt], [T0, T0 + 300]);
    assert.deepEqual([overview.searchUsable, overview.backend, overview.schemaVersion], [true, 'sqlite', 3]);
    await bench.ingest([message({ id: 'A1', sentAt: T0 + 1, text: 'number 1' })], 'webjs');
    await bench.ingest([{ kind: 'revoke', chat: ANNA_PN, id: 'A1', fromMe: false, sender: ANNA_PN, at: T0 }]);
    const all = await bench.history.statistics();
    assert.deepEqual(all.byType, { text: 32, image: 1 });
    assert.deepEqual(all.perEngine, [
      { engine: 'baileys', messages: 33, only: 32 },
      { engine: 'webjs', messages: 1, only: 0 },
    ]);
    assert.deepEqual([all.sharedByEngines, all.revoked, all.edited], [1, 1, 0]);
    const one = await bench.history.statistics(await chatId(GROUP));
    assert.deepEqual([one.messages, one.chats, one.people, one.newestAt], [1, 1, 1, T0 + 200]);
  });
});
