import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Curve, initAuthCreds, proto } from '@whiskeysockets/baileys';
import { type AuthStore, keysForSocket } from './auth-store.ts';
import { createSqliteAuthStore } from './auth-store-sqlite.ts';
import { createHistoryJournal } from './history-journal.ts';
import { createSentStore } from './sent-store.ts';
import { openSessionDb, type SessionDb } from './session-db.ts';
import { storeTcTokens } from './tc-tokens.ts';

const { ON_DEMAND, RECENT } = proto.Message.HistorySyncType;

describe('baileys: session database', () => {
  let dir: string;
  let db: SessionDb;
  let store: AuthStore;
  const reopen = () => {
    db.close();
    db = openSessionDb(dir);
    store = createSqliteAuthStore(db);
  };
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'tandem-session-'));
    db = openSessionDb(dir);
    store = createSqliteAuthStore(db);
  });
  afterEach(() => {
    db.close();
    rmSync(dir, { recursive: true, force: true });
  });

  it('keeps credentials byte by byte', async () => {
    assert.equal(await store.loadCreds(), null);
    const creds = initAuthCreds();
    await store.saveCreds(creds);
    reopen();
    assert.deepEqual(JSON.parse(JSON.stringify(await store.loadCreds())), JSON.parse(JSON.stringify(creds)));
    assert.ok((await store.loadCreds())?.noiseKey.private instanceof Uint8Array);
  });

  it('keeps keys of every type, and deletes by null', async () => {
    const pair = Curve.generateKeyPair();
    const keyData = proto.Message.AppStateSyncKeyData.create({ keyData: new Uint8Array([1, 2, 3]) });
    await store.set({
      'pre-key': { 1: pair, 2: pair },
      session: { 'a.0': new Uint8Array([9]) },
      'lid-mapping': { 49151: '900' },
      'app-state-sync-key': { k: keyData },
      'sender-key-memory': { g: { 'a:1': true } },
    });
    reopen();
    const found = await store.get('pre-key', ['1', '2', '3']);
    assert.deepEqual(Object.keys(found), ['1', '2']);
    assert.deepEqual(Buffer.from(found[1]?.private ?? []), Buffer.from(pair.private));
    const { k } = await store.get('app-state-sync-key', ['k']);
    assert.ok(k instanceof proto.Message.AppStateSyncKeyData);
    assert.deepEqual([...(k.keyData ?? [])], [1, 2, 3]);
    await store.set({ 'pre-key': { 1: null } });
    assert.deepEqual(Object.keys(await store.get('pre-key', ['1', '2'])), ['2']);
  });

  it('reads thousands at once', async () => {
    const ids = Array.from({ length: 3_000 }, (_, index) => String(index));
    await store.set({ 'lid-mapping': Object.fromEntries(ids.map((id) => [id, `l${id}`])) });
    assert.equal(Object.keys(await store.get('lid-mapping', ids)).length, 3_000);
  });

  it('changes nothing when one part of a write fails', async () => {
    const circular: Record<string, unknown> = {};
    circular.self = circular;
    const bad = { session: { a: new Uint8Array([1]), b: circular as unknown as Uint8Array } };
    await assert.rejects(store.set(bad));
    assert.deepEqual(await store.get('session', ['a']), {});
  });

  it('forgets the device, but not who is who', async () => {
    await store.saveCreds(initAuthCreds());
    await store.set({ session: { a: new Uint8Array([1]) }, 'lid-mapping': { 49: '90' } });
    await store.clear();
    assert.equal(await store.loadCreds(), null);
    assert.deepEqual(await store.get('session', ['a']), {});
    assert.deepEqual(await store.get('lid-mapping', ['49']), { 49: '90' });
  });

  it('remembers collections whose content may not be told yet', async () => {
    const state = { version: 3, hash: Buffer.alloc(128), indexValueMap: {} };
    await store.set({ 'app-state-sync-version': { regular: state, regular_low: state } });
    reopen();
    assert.deepEqual(await store.unsettledCollections(), ['regular', 'regular_low']);
    await store.settleCollections(['regular']);
    assert.deepEqual(await store.unsettledCollections(), ['regular_low']);
  });

  it('says at once when a write fails, because the cache has it already', async () => {
    let failures = 0;
    const silent = {
      level: 'silent',
      child: () => silent,
      trace() {},
      debug() {},
      info() {},
      warn() {},
      error() {},
    };
    const keys = keysForSocket(store, silent, () => {
      failures += 1;
    });
    db.exec(`CREATE TRIGGER full BEFORE INSERT ON auth BEGIN SELECT RAISE(FAIL, 'full'); END`);
    await assert.rejects(async () => keys.set({ session: { a: new Uint8Array([1]) } }));
    assert.equal(failures, 1);
  });

  it('hands out announced history in order, pages first, until it is removed', () => {
    const journal = createHistoryJournal(db);
    const one = { syncType: RECENT, chunkOrder: 1 };
    journal.add(one);
    journal.add(one);
    journal.add({ syncType: RECENT, chunkOrder: 2 });
    assert.equal(journal.waiting().count, 2);
    const first = journal.next(0);
    assert.equal(first?.notification.chunkOrder, 1);
    journal.postpone(first.seq, 1_000);
    assert.equal(journal.next(0)?.notification.chunkOrder, 2);
    assert.equal(journal.next(1_000)?.attempts, 1);
    journal.add({ syncType: ON_DEMAND, peerDataRequestSessionId: 'R' });
    const page = journal.next(1_000);
    assert.equal(page?.notification.peerDataRequestSessionId, 'R');
    journal.remove(page.seq);
    assert.equal(createHistoryJournal(db).waiting().count, 2);
  });

  it('remembers own sends, and which of them are open', () => {
    const sent = createSentStore(db);
    const put = (id: string) =>
      sent.put({ id, chat: '1@lid', message: { conversation: id }, sentAt: 5, state: 'sending' });
    put('A');
    put('B');
    sent.settle('A');
    assert.deepEqual(
      sent.unsettled().map(({ id }) => id),
      ['B'],
    );
    assert.equal(sent.get('A')?.message.conversation, 'A');
    assert.equal(sent.get('C'), null);
  });

  it('keeps the newer trust token', async () => {
    const chat = (at: number, token: number) => ({
      id: '1@lid',
      tcToken: new Uint8Array([token]),
      tcTokenTimestamp: at,
    });
    const token = async () => (await store.get('tctoken', ['1@lid']))['1@lid']?.token;
    await storeTcTokens(store, [chat(10, 1)], (jid) => jid);
    await storeTcTokens(store, [chat(5, 2)], (jid) => jid);
    assert.deepEqual([...((await token()) ?? [])], [1]);
    await storeTcTokens(store, [chat(20, 3)], (jid) => jid);
    assert.deepEqual([...((await token()) ?? [])], [3]);
    const index = (await store.get('tctoken', ['__index'])).__index;
    assert.deepEqual(JSON.parse(index?.token.toString() ?? ''), ['1@lid']);
  });
});
