import assert from 'node:assert/strict';
import type { CommandHandlers } from '#engines/contract/command.ts';
import {
  anna,
  bert,
  club,
  message,
  mine,
  NOW_SECONDS,
  START_SECONDS,
} from '#orchestrator/services/testing/sample-history.ts';
import type { WorldOptions } from '#orchestrator/services/testing/world.ts';
import { openToolClient, type ToolClient } from './testing/tool-client.ts';

const NOW_AFTER = NOW_SECONDS - START_SECONDS;
const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1]);

/** Everything that the tools below ask of an engine. */
function engine(asked: string[], name: string): CommandHandlers {
  const at = NOW_SECONDS;
  const note = (what: string) => asked.push(`${name} ${what}`);
  return {
    'message.react': async ({ emoji }) => {
      note(`react ${emoji}`);
      return { at };
    },
    'message.edit': async ({ text }) => {
      note(`edit ${text}`);
      return { at };
    },
    'message.revoke': async ({ scope }) => {
      note(`revoke ${scope}`);
      return { at };
    },
    'message.forward': async ({ messageId, chat }) => {
      note('forward');
      return { messageId, chat, sentAt: at, status: 'sent' };
    },
    'message.markRead': async ({ messages }) => {
      note(`read ${messages.length}`);
      return { receiptsSent: messages.length };
    },
    'chat.markRead': async () => ({ patched: true, sendersTold: false }),
    'chat.archive': async ({ archived }) => ({ archived }),
    'chat.pin': async ({ pinned }) => ({ pinned }),
    'chat.mute': async ({ until }) => ({ mutedUntil: until }),
    'contact.lookup': async ({ phones }) => ({
      results: phones.map((phone) => ({ phone, exists: true, pn: `${phone}@s.whatsapp.net`, lid: null })),
    }),
    'contact.picture': async () => ({ url: 'https://example.invalid/p', id: '1' }),
    'contact.block': async ({ blocked }) => ({ blocked }),
    'contact.blocklist': async () => ({ blocked: [bert.lid] }),
    'media.download': async () => ({ base64: PNG.toString('base64'), bytes: PNG.byteLength, sha256: '' }),
    'devices.list': async () => ({ listed: false, count: 3, devices: [] }),
    'session.reconnect': async () => ({ started: true }),
    'appstate.resync': async () => ({ resynced: ['regular'] }),
  };
}

describe('tools: acting', () => {
  let tools: ToolClient;
  let asked: string[];
  const open = async (options: WorldOptions = {}) => {
    asked = [];
    tools = await openToolClient({
      commands: engine(asked, 'baileys'),
      webjs: engine(asked, 'webjs'),
      ...options,
    });
    await tools.world.learn([
      message(anna.pn, NOW_AFTER - 60, 'On my wya', { ...mine, id: 'FRESH' }),
      message(club, NOW_AFTER - 50, 'Look', {
        id: 'PICTURE',
        type: 'image',
        media: { mime: 'image/png', mediaKey: Buffer.alloc(32).toString('base64'), directPath: '/v/x' },
      }),
    ]);
  };
  beforeEach(() => open());
  afterEach(() => tools.close());

  it('react, edit, delete and forward, under the names of other servers too', async () => {
    const reacted = await tools.call('send_reaction', { message_id: 'FRESH', emoji: '👍' });
    assert.deepEqual([reacted.data.reacted, reacted.data.chat_jid], [true, anna.lid]);
    await tools.call('react_to_message_v2', { chat_jid: anna.pn, message_id: 'FRESH', reaction: '' });
    const edited = await tools.call('edit_message_v2', { message_id: 'FRESH', new_content: 'On my way' });
    assert.equal(edited.data.edited, true);
    const forwarded = await tools.call('forward_message_v2', {
      message_id: 'FRESH',
      to_jid: club,
      idempotencyKey: 'k',
    });
    assert.deepEqual([forwarded.data.sent, forwarded.data.chat_jid], [true, club]);
    const deleted = await tools.call('delete_message_v2', { message_id: 'FRESH', scope: 'me' });
    assert.deepEqual([deleted.data.deleted, deleted.data.scope], [true, 'me']);
    assert.deepEqual(asked, [
      'baileys react 👍',
      'baileys react ',
      'baileys edit On my way',
      'baileys forward',
      'baileys revoke me',
    ]);
    await tools.refuses('VALIDATION_ERROR', 'send_reaction', { message_id: 'FRESH', emoji: 'nice' });
    await tools.refuses('NOT_OWN_MESSAGE', 'edit_message', { message_id: 'PICTURE', new_text: 'x' });
    await tools.refuses('MESSAGE_NOT_FOUND', 'delete_message', { message_id: 'NEVER' });
    await tools.refuses('RECIPIENT_NOT_FOUND', 'forward_message', { message_id: 'FRESH', to: 'Nobody' });
  });

  it('none of these while sending is off', async () => {
    await tools.close();
    await open({ config: { sending: false } });
    const { tools: listed } = await tools.client.listTools();
    for (const name of ['send_reaction', 'edit_message', 'delete_message', 'forward_message']) {
      assert.ok(!listed.some((tool) => tool.name === name), name);
      await tools.refuses('TOOL_DISABLED', name, {});
    }
    assert.deepEqual(asked, []);
  });

  it('mark messages read, one or many, or the whole chat', async () => {
    const one = await tools.call('mark_as_read', { chat_jid: club, message_id: 'PICTURE' });
    assert.deepEqual([one.data.marked, one.data.receipts_sent, one.data.skipped], [1, 1, []]);
    const many = await tools.call('mark_messages_read', { chat: club, message_ids: ['PICTURE', 'NEVER'] });
    assert.deepEqual(many.data.skipped, [
      { id: 'NEVER', reason: 'NOT_FOUND' },
      { id: 'PICTURE', reason: 'ALREADY_TOLD' },
    ]);
    const all = await tools.call('mark_messages_read', { chat: 'Book club' });
    assert.deepEqual([all.data.marked, all.data.messages_told, all.data.skipped], [1, 1, []]);
    await tools.refuses('CHAT_NOT_FOUND', 'mark_messages_read', { chat: 'Nowhere' });
    await tools.refuses('VALIDATION_ERROR', 'mark_messages_read', { chat: club, message_ids: [] });
  });

  it('archive, pin and mute', async () => {
    const states: [string, string, Record<string, unknown>?][] = [
      ['archive_chat', 'archived'],
      ['unarchive_chat', 'unarchived'],
      ['pin_chat', 'pinned'],
      ['unpin_chat', 'unpinned'],
      ['mute_chat', 'muted', { duration_seconds: 28_800 }],
      ['unmute_chat', 'unmuted'],
    ];
    for (const [name, state, more] of states) {
      const { data, label } = await tools.call(name, { chat_jid: club, ...more });
      assert.deepEqual([data.state, data.changed, data.chat_jid], [state, true, club], name);
      assert.ok(label);
      await tools.refuses('CHAT_NOT_FOUND', name, { chat: 'Nowhere' });
    }
    await tools.refuses('VALIDATION_ERROR', 'mute_chat', { chat: club, duration_seconds: -1 });
  });

  it('ask about people, and block them', async () => {
    const checked = await tools.call('is_on_whatsapp', { phone: '+49 151 12345678' });
    assert.equal(checked.data.on_whatsapp, 1);
    const many = await tools.call('check_is_on_whatsapp', { phones: ['+4915112345678', 'x'] });
    assert.equal(many.data.invalid, 1);
    await tools.refuses('INVALID_PHONE_FORMAT', 'check_is_on_whatsapp', { phones: ['x'] });
    const crowd = await tools.refuses('VALIDATION_ERROR', 'check_is_on_whatsapp', {
      phones: new Array(51).fill('+4915112345678'),
    });
    assert.match(String(crowd.message), /phones: up to 50 numbers/);
    assert.equal((await tools.call('get_profile_pic', { jid: club })).data.has_picture, true);
    await tools.refuses('CONTACT_NOT_FOUND', 'get_profile_picture', { target: 'Nobody' });
    const named = await tools.call('set_contact_name', { jid: anna.pn, name: 'Ann' });
    assert.equal(named.data.display_name, 'Ann');
    await tools.refuses('CONTACT_NOT_FOUND', 'set_contact_name', { contact: 'Nobody', name: 'x' });
    assert.equal((await tools.call('block_contact', { phone: '+4915112345678' })).data.blocked, true);
    assert.equal((await tools.call('unblock_contact', { jid: anna.lid })).data.blocked, false);
    await tools.refuses('MISSING_IDENTIFIER', 'block_contact');
    await tools.refuses('INVALID_JID', 'unblock_contact', { jid: 'Anna' });
    assert.equal((await tools.call('get_blocked_contacts')).data.count, 1);
  });

  it('download a file, and show a picture', async () => {
    const { data, images } = await tools.call('download_media_v2', {
      messageId: 'PICTURE',
      includeFullData: true,
    });
    assert.deepEqual([data.mime, data.block, data.cached, images], ['image/png', 'image 1', false, 1]);
    await tools.refuses('NO_MEDIA_CONTENT', 'download_media', { message_id: 'FRESH' });
  });

  it('tell of devices, and bring engines back', async () => {
    assert.equal((await tools.call('get_linked_devices_v2')).data.count, 2);
    const started = await tools.call('restart_engine', { engine: 'webjs', mode: 'warmup' });
    assert.deepEqual([started.data.engine, started.data.mode], ['webjs', 'warmup']);
    const resync = await tools.call('force_resync', { engine: 'baileys', wait_seconds: 5 });
    assert.equal(resync.data.status, 'done');
    const { data } = await tools.call('backend_status');
    assert.equal((data.recoveries as readonly unknown[]).length, 2);
    await tools.refuses('COOLDOWN_ACTIVE', 'force_resync', { engine: 'baileys' });
    await tools.refuses('VALIDATION_ERROR', 'restart_engine', { engine: 'other' });
  });

  it('by the other engine while one is down, and say so', async () => {
    tools.world.setEngine({ level: 'recovering', reason: 'connection-lost' });
    const { data } = await tools.call('send_reaction', { message_id: 'PICTURE', emoji: '👍' });
    const { duration_ms: _took, ...meta } = data.meta as Record<string, unknown>;
    assert.deepEqual(meta, {
      engine: 'webjs',
      routed_from: 'baileys',
      attempts: 1,
      degraded: true,
      degraded_reason: 'baileys: NOT_CONNECTED',
    });
  });
});
