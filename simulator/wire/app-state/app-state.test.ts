import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type BinaryNode,
  type ChatModification,
  type ChatMutation,
  chatModificationToAppPatch,
  decodePatches,
  decodeSyncdSnapshot,
  encodeSyncdPatch,
  getBinaryNodeChild,
  getBinaryNodeChildren,
  type LTHashState,
  newLTHashState,
  proto,
} from '@whiskeysockets/baileys';
import { afterEach, beforeEach, describe, it } from 'mocha';
import pino from 'pino';
import { type Account, createAccount } from '../../account/account.ts';
import { ME } from '../../account/model.ts';
import { shapeOf } from '../../account/presets.ts';
import { createFixedWorld } from '../../account/world.ts';
import { type Companion, createDeviceRegistry, type Registration } from '../devices.ts';
import { createIqTable, type IqTable } from '../iq-table.ts';
import { createMediaHost, type SimMediaHost } from '../media/media-host.ts';
import { bytesOf, child, node } from '../nodes.ts';
import { keyShareMessage } from '../phone/peer.ts';
import { COLLECTION_NAMES, type CollectionName } from './collection.ts';
import { type AppState, createAppState } from './module.ts';

describe('simulator app state', () => {
  let account: Account;
  let media: SimMediaHost;
  let dir: string;
  let first: Companion;
  let second: Companion;
  let state: AppState;
  let table: IqTable;
  const key = { keyId: randomBytes(6), keyData: randomBytes(32), timestampMs: 1_700_000_000_000 };
  const keyId = Buffer.from(key.keyId).toString('base64');

  // The real client only warns when a hash does not match; here that is a failure.
  const strict = Object.assign(pino({ level: 'silent' }), {
    warn: (_: unknown, message?: string) => {
      throw new Error(`client warned: ${message}`);
    },
  });
  const getKey = async (id: string) => {
    const shared = keyShareMessage(key).appStateSyncKeyShare?.keys?.[0];
    return id === keyId && shared?.keyData
      ? proto.Message.AppStateSyncKeyData.fromObject(shared.keyData)
      : null;
  };

  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'tandem-appstate-'));
    const shape = shapeOf('tiny', { directChats: 30 });
    account = createAccount(shape, createFixedWorld(shape.now));
    media = await createMediaHost({ account, dir });
    const me = account.person(ME);
    const identity = { pnJid: me.pn ?? '', lidJid: me.lid ?? '' };
    const hub = createDeviceRegistry(identity, account.world.nextId, account.world.nowSeconds);
    first = hub.add(hub.nextDeviceId(), {} as Registration);
    second = hub.add(hub.nextDeviceId(), {} as Registration);
    state = createAppState({ account, hub, media, key });
    table = createIqTable([state], () => undefined);
  });
  afterEach(async () => {
    await state.close?.();
    await media.close();
    rmSync(dir, { recursive: true });
  });

  const ask = async (name: string, version: number, patch?: Uint8Array): Promise<BinaryNode> => {
    const attrs = { name, version: String(version), return_snapshot: String(version === 0 && !patch) };
    const collection = node('collection', attrs, patch ? [node('patch', {}, patch)] : undefined);
    const iq = {
      tag: 'iq',
      attrs: { id: '1', xmlns: 'w:sync:app:state', type: 'set', to: 's.whatsapp.net' },
    };
    const answer = await table({ ...iq, content: [node('sync', {}, [collection])] }, first);
    const found = child(child(answer, 'sync'), 'collection');
    assert.ok(found);
    return found;
  };

  /** Brings a client to the newest version with the real client's code. */
  const pull = async (name: CollectionName, from: LTHashState) => {
    let now = from;
    const seen: Record<string, ChatMutation> = {};
    let answers = 0;
    for (let more = true; more && answers < 20; answers++) {
      const collection = await ask(name, now.version);
      const reference = bytesOf(child(collection, 'snapshot'));
      if (reference !== null) {
        const ref = proto.ExternalBlobReference.decode(reference);
        const bytes = media.read(ref.directPath ?? '', ref.mediaKey ?? new Uint8Array(), 'md-app-state');
        const snapshot = proto.SyncdSnapshot.decode(bytes ?? new Uint8Array());
        const decoded = await decodeSyncdSnapshot(name, snapshot, getKey, undefined, true, strict);
        now = decoded.state;
        Object.assign(seen, decoded.mutationMap);
      }
      const patches = getBinaryNodeChildren(getBinaryNodeChild(collection, 'patches'), 'patch').map((patch) =>
        proto.SyncdPatch.decode(bytesOf(patch) ?? new Uint8Array()),
      );
      const decoded = await decodePatches(name, patches, now, getKey, {}, undefined, strict, true);
      now = decoded.state;
      Object.assign(seen, decoded.mutationMap);
      more = collection.attrs.has_more_patches === 'true';
    }
    return { now, answers, mutations: Object.values(seen) };
  };

  /** What `chatModify` of the real client sends. */
  const modify = async (mod: ChatModification, jid: string): Promise<BinaryNode> => {
    const create = chatModificationToAppPatch(mod, jid);
    const { now } = await pull(create.type, newLTHashState());
    const { patch } = await encodeSyncdPatch(create, keyId, now, getKey);
    return ask(create.type, now.version, proto.SyncdPatch.encode(patch).finish());
  };

  const noticesFor = (companion: Companion): readonly (string | undefined)[] =>
    companion.offlineQueue
      .replay()
      .filter((n) => n.attrs.type === 'server_sync')
      .map((n) => child(n, 'collection')?.attrs.name);

  const last = (jid: string) => ({ key: { remoteJid: jid, fromMe: false, id: 'X' }, messageTimestamp: 5 });

  it('hands a new device everything in a snapshot that the real client verifies', async () => {
    const found = new Map<string, string[]>();
    for (const name of COLLECTION_NAMES)
      for (const { index } of (await pull(name, newLTHashState())).mutations) {
        const [kind = '', jid = ''] = index;
        found.set(kind, [...(found.get(kind) ?? []), jid]);
      }
    const chats = account.chats();
    const jids = (test: (c: (typeof chats)[0]) => boolean) => new Set(chats.filter(test).map((c) => c.jid));
    assert.deepEqual(
      new Set(found.get('archive')),
      jids((c) => c.settings.archived),
    );
    assert.deepEqual(
      new Set(found.get('pin_v1')),
      jids((c) => c.settings.pinnedAt !== null),
    );
    assert.deepEqual(
      new Set(found.get('mute')),
      jids((c) => c.settings.mutedUntil !== null),
    );
    assert.deepEqual(
      new Set(found.get('markChatAsRead')),
      jids((c) => c.settings.markedUnread),
    );
    assert.equal(found.get('contact')?.length, account.people().filter((p) => p.bookName !== null).length);
    assert.equal(found.get('setting_pushName')?.length, 1);
  });

  it('takes mark read, archive, pin and mute from the real client', async () => {
    const chat = account.chats().find((c) => c.unreadCount > 0 && !c.settings.archived && c.peer !== null);
    assert.ok(chat);
    await modify({ markRead: true, lastMessages: [last(chat.jid)] }, chat.jid);
    assert.equal(account.chat(chat.key).unreadCount, 0);
    await modify({ pin: true }, chat.jid);
    assert.notEqual(account.chat(chat.key).settings.pinnedAt, null);
    await modify({ mute: 1_900_000_000_000 }, chat.jid);
    assert.equal(account.chat(chat.key).settings.mutedUntil, 1_900_000_000);
    await modify({ mute: null }, chat.jid);
    assert.equal(account.chat(chat.key).settings.mutedUntil, null);
    await modify({ archive: true, lastMessages: [last(chat.jid)] }, chat.jid);
    assert.equal(account.chat(chat.key).settings.archived, true);
    await modify({ pushNameSetting: 'Newname' }, '');
    assert.equal(account.person(ME).pushName, 'Newname');
    // Archiving unpins, and that is a change of the phone's.
    assert.deepEqual(noticesFor(first), ['regular_low']);
    const names =
      'regular_low regular_low regular_high regular_high regular_low regular_low critical_block'.split(' ');
    assert.deepEqual(noticesFor(second), names);
  });

  it('refuses stale and forged patches and keeps its state', async () => {
    const jid = account.chats()[0]?.jid ?? '';
    const create = chatModificationToAppPatch({ pin: true }, jid);
    const { now } = await pull(create.type, newLTHashState());
    const { patch } = await encodeSyncdPatch(create, keyId, now, getKey);
    const version = state.version(create.type);
    const stale = await ask(create.type, now.version - 1, proto.SyncdPatch.encode(patch).finish());
    assert.equal(child(stale, 'error')?.attrs.code, '409');
    const bytes = Buffer.from(patch.snapshotMac ?? []);
    bytes[0] = (bytes[0] ?? 0) ^ 1;
    const forged = proto.SyncdPatch.encode({ ...patch, snapshotMac: bytes }).finish();
    assert.equal(child(await ask(create.type, now.version, forged), 'error')?.attrs.code, '400');
    assert.equal(state.version(create.type), version);
    assert.deepEqual(state.refused, { conflict: 1, forged: 1 });
    assert.equal(child(await ask('no_such', 0), 'error')?.attrs.code, '400');
  });

  it('sends what the phone changes as patches, in several answers when there are many', async () => {
    const start = await pull('regular_low', newLTHashState());
    const chats = account.chats().slice(0, 12);
    for (const chat of chats) account.markRead({ chat: chat.key, read: true, origin: { from: 'phone' } });
    const target = chats.find((c) => !c.settings.archived);
    assert.ok(target);
    account.changeSettings({ chat: target.key, change: { archived: true }, origin: { from: 'phone' } });
    const later = await pull('regular_low', start.now);
    assert.equal(later.now.version, start.now.version + 13);
    assert.ok(later.answers > 1);
    assert.ok(later.mutations.some((m) => m.index[0] === 'archive' && m.index[1] === target.jid));
    assert.equal(noticesFor(first).length, 13);
    assert.deepEqual((await pull('regular_low', later.now)).mutations, []);
    // A device that starts over gets a snapshot in the middle and the patches after it.
    const afresh = await pull('regular_low', newLTHashState());
    assert.deepEqual(afresh.now.hash, later.now.hash);
  });

  it('tells contacts that the phone adds, renames and removes', async () => {
    const start = await pull('critical_unblock_low', newLTHashState());
    const person = account
      .people()
      .find((p) => p.key !== ME && p.bookName !== null && p.lid !== null && p.pn !== null);
    assert.ok(person);
    const change = (bookName: string | null) =>
      account.changePerson({ person: person.key, change: { bookName }, origin: { from: 'phone' } });
    change('Renamed');
    const renamed = await pull('critical_unblock_low', start.now);
    const action = renamed.mutations[0]?.syncAction.value?.contactAction;
    assert.deepEqual([action?.fullName, action?.lidJid], ['Renamed', person.lid]);
    change(null);
    const removed = await pull('critical_unblock_low', renamed.now);
    assert.deepEqual(removed.mutations[0]?.index, ['contact', person.pn]);
    account.changePerson({
      person: person.key,
      change: { pushName: 'irrelevant' },
      origin: { from: 'phone' },
    });
    assert.equal(state.version('critical_unblock_low'), removed.now.version);
  });
});
