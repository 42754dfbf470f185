import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent } from 'undici';
import { type Account, createAccount } from './account/account.ts';
import { shapeOf } from './account/presets.ts';
import { createFixedWorld } from './account/world.ts';
import { accountRoutes } from './control-account.ts';
import { createMediaHost, type SimMediaHost } from './wire/media/media-host.ts';

describe('simulator control: the account', () => {
  let dir: string;
  let account: Account;
  let media: SimMediaHost;

  before(async () => {
    dir = mkdtempSync(join(tmpdir(), 'tandem-control-'));
    const shape = shapeOf('tiny');
    account = createAccount(shape, createFixedWorld(shape.now));
    media = await createMediaHost({ account, dir });
  });
  after(async () => {
    await media.close();
    rmSync(dir, { recursive: true });
  });

  const call = async (path: string, body: object, method = 'POST') => {
    const routes = accountRoutes({ account, media });
    const response = await routes.request(path, { method, body: JSON.stringify(body) });
    return { status: response.status, body: (await response.json()) as Record<string, string> };
  };

  it('makes people, chats, groups and media messages', async () => {
    const made = await call('/people', { lid: '77@lid', pushName: 'Io' });
    const chat = await call('/chats', { person: '77@lid' });
    const sent = await call('/media-messages', { chat: '77@lid', kind: 'voice', bytes: 900 });
    assert.equal(sent.body.chat, chat.body.key);
    const content = account.messageById(chat.body.key ?? '', sent.body.id ?? '')?.content;
    assert.ok(content?.type === 'media' && content.media.kind === 'voice');
    const group = await call('/groups', { subject: 'S', members: [made.body.key, 'p0'] });
    await call('/group-changes', { chat: group.body.jid, change: { kind: 'remove', members: ['77@lid'] } });
    assert.equal(account.chatByJid(group.body.jid ?? '')?.group?.members.length, 2);
    await call('/people', { person: '77@lid', change: { pn: '15551112222@s.whatsapp.net' } }, 'PATCH');
    assert.equal(account.chatByJid('15551112222@s.whatsapp.net')?.key, chat.body.key);
  });

  it('changes settings and identities of chats', async () => {
    await call('/settings', { chat: 'd1', archived: false, pinned: true, mutedUntil: -1 });
    const { settings } = account.chat('d1');
    assert.deepEqual([settings.pinnedAt !== null, settings.mutedUntil], [true, -1]);
    const old = account.chats().find((c) => c.peer !== null && c.jid !== c.canonicalJid);
    const moved = await call('/migrations', { chat: old?.key });
    assert.equal(moved.body.jid, old?.canonicalJid);
  });

  it('blocks people', async () => {
    assert.deepEqual((await call('/blocks', { person: 'p0' })).body.blocked, ['p0']);
    assert.deepEqual((await call('/blocks', { person: 'p0', blocked: false })).body.blocked, []);
  });

  it('breaks downloads', async () => {
    const { url } = media.put(Buffer.from('x'), 'image');
    await call('/media-faults', { fault: { kind: 'status', status: 404 } });
    const dispatcher = new Agent({ connect: { ca: readFileSync(media.caFile) } });
    const first = await fetch(url, { dispatcher } as RequestInit);
    const second = await fetch(url, { dispatcher } as RequestInit);
    assert.deepEqual([first.status, second.status], [404, 200]);
    await dispatcher.close();
  });

  it('says what is wrong with a request', async () => {
    assert.equal((await call('/settings', { chat: 'nope' })).status, 404);
    assert.equal((await call('/groups', { subject: 'x', members: ['nobody'] })).status, 404);
    assert.equal(
      (await call('/group-changes', { chat: 'd0', change: { kind: 'subject', subject: 'x' } })).status,
      404,
    );
    assert.equal((await call('/media-messages', { chat: 'd0', kind: 'hologram' })).status, 400);
  });
});
