import assert from 'node:assert/strict';
import type { z } from 'zod';
import { accountOf } from '#engines/contract/conformance/testing/simulated-account.ts';
import { until } from '#kernel/testing/until.ts';
import type { Tool } from '#mcp/tool.ts';
import { archiveChat } from '#mcp/tools/archive_chat.ts';
import { blockContact } from '#mcp/tools/block_contact.ts';
import { checkIsOnWhatsapp } from '#mcp/tools/check_is_on_whatsapp.ts';
import { deleteMessage } from '#mcp/tools/delete_message.ts';
import { downloadMedia } from '#mcp/tools/download_media.ts';
import { editMessage } from '#mcp/tools/edit_message.ts';
import { forceResync } from '#mcp/tools/force_resync.ts';
import { forwardMessage } from '#mcp/tools/forward_message.ts';
import { getBlockedContacts } from '#mcp/tools/get_blocked_contacts.ts';
import { getGroupInfo } from '#mcp/tools/get_group_info.ts';
import { getLinkedDevices } from '#mcp/tools/get_linked_devices.ts';
import { getProfilePicture } from '#mcp/tools/get_profile_picture.ts';
import { markChatRead } from '#mcp/tools/mark_chat_read.ts';
import { markMessagesRead } from '#mcp/tools/mark_messages_read.ts';
import { muteChat } from '#mcp/tools/mute_chat.ts';
import { pinChat } from '#mcp/tools/pin_chat.ts';
import { restartEngine } from '#mcp/tools/restart_engine.ts';
import { sendMessage } from '#mcp/tools/send_message.ts';
import { sendReaction } from '#mcp/tools/send_reaction.ts';
import { unarchiveChat } from '#mcp/tools/unarchive_chat.ts';
import { unblockContact } from '#mcp/tools/unblock_contact.ts';
import { unmuteChat } from '#mcp/tools/unmute_chat.ts';
import { unpinChat } from '#mcp/tools/unpin_chat.ts';
import type { Services } from '#orchestrator/services/services.ts';
import { type Assistant, connectAssistant } from '../rig/assistant.ts';
import { startLinked } from '../rig/linked.ts';
import type { Service } from '../rig/service.ts';
import { bothEngines, createWorld, type World } from '../rig/world.ts';

const SETTINGS = { TANDEM_SENDING: 'on', TANDEM_TOOLSETS: 'all' };

const cases = [
  { title: 'baileys alone', env: { TANDEM_ENGINES: 'baileys' }, serves: 'baileys', without: null },
  { title: 'webjs alone', env: { TANDEM_ENGINES: 'webjs' }, serves: 'webjs', without: null },
  { title: 'webjs while baileys has no connection', env: bothEngines, serves: 'webjs', without: 'baileys' },
] as const;

/** These ask the engine first that has seen the message, so nobody is missed when the other one is away. */
const OWNERS_FIRST: readonly string[] = [
  'send_reaction',
  'edit_message',
  'delete_message',
  'forward_message',
];

/** Every tool that asks an engine, through every engine that can, and by the second one while the first is away. */
for (const { title, env, serves, without } of cases) {
  describe(`tools by ${title} R:either-engine`, function () {
    this.timeout(90_000);
    let world: World;
    let service: Service;
    let assistant: Assistant;
    let account: ReturnType<typeof accountOf>;

    before(async () => {
      world = await createWorld('tiny');
      service = await startLinked(world, { ...env, ...SETTINGS });
      account = accountOf(world.simulator);
      if (without !== null) {
        world.simulator.faults.refuseConnections('reset');
        world.simulator.faults.drop();
        await until(async () => (await levelOf(without)) === 'recovering', `${without} to be away`);
      }
      assistant = await connectAssistant(service);
    });
    after(async () => {
      await assistant.close();
      await world.close();
    });

    const levelOf = async (name: string) =>
      (await service.status()).engines.find(({ engine }) => engine === name)?.level;
    /** The answer of a tool, which this engine must have given. */
    const served = async <I extends z.ZodObject, O extends z.ZodObject>(
      tool: Tool<Services, I, O>,
      args: z.input<I>,
    ) => {
      const { data, meta } = await assistant.answer(tool, args);
      assert.equal(meta.engine, serves, tool.name);
      const standsIn = without !== null && !OWNERS_FIRST.includes(tool.name);
      assert.deepEqual(
        [meta.degraded, meta.routed_from],
        standsIn ? [true, without] : [undefined, undefined],
      );
      return data;
    };
    const chat = () => account.friend.lid;
    const stored = (id: string) =>
      until(
        async () => (await assistant.attempt('get_message_by_id', { message_id: id, chat: chat() })).ok,
        'the message in the store',
      );

    it('reactions', async () => {
      const { id } = account.friendWrites('what do you think?');
      await stored(id);
      const own = () => account.messageOfFriendChat(id)?.ownReaction;
      for (const emoji of ['👍', '']) {
        const { reacted } = await served(sendReaction, { message_id: id, chat: chat(), emoji });
        assert.equal(reacted, emoji !== '');
        await until(() => own() === emoji, 'reaction');
      }
    });

    it('sends, edits and deletes', async () => {
      const sent = await served(sendMessage, { to: chat(), message: `by ${serves}` });
      const id = sent.message_id ?? '';
      await stored(id);
      await served(editMessage, { message_id: id, chat: chat(), new_text: `better by ${serves}` });
      await until(() => account.messageOfFriendChat(id)?.text === `better by ${serves}`, 'edit');
      await served(deleteMessage, { message_id: id, chat: chat() });
      await until(() => account.messageOfFriendChat(id)?.revoked === true, 'deletion');
      await until(async () => {
        const again = await assistant.attempt('delete_message', { message_id: id, chat: chat() });
        return again.ok && again.data.already === true;
      }, 'word of the deletion');
    });

    it('deletes on the own devices only', async () => {
      const { id } = account.friendWrites('for your eyes only');
      await stored(id);
      await served(deleteMessage, { message_id: id, chat: chat(), scope: 'me' });
      await until(() => account.messageOfFriendChat(id)?.removedForMe === true, 'removal');
      assert.equal(account.messageOfFriendChat(id)?.revoked, false);
    });

    it('forwards once', async () => {
      const { id } = account.friendWrites('pass it on');
      await stored(id);
      const request = { message_id: id, from_chat: chat(), to_chat: account.group.jid, idempotency_key: id };
      const first = await served(forwardMessage, request);
      const again = await assistant.call(forwardMessage, request);
      assert.deepEqual([again.message_id, again.deduplicated], [first.message_id, true]);
      const copies = () =>
        [...world.simulator.oracle.messages()].filter((one) => one.id === first.message_id);
      await until(() => copies().length === 1, 'copy');
      assert.deepEqual([copies()[0]?.chatJid, copies()[0]?.text], [account.group.jid, 'pass it on']);
    });

    it('archives, pins and mutes', async () => {
      await served(unmuteChat, { chat: chat() });
      const steps = [
        [archiveChat, 'archived', true],
        [unarchiveChat, 'archived', false],
        [pinChat, 'pinned', true],
        [unpinChat, 'pinned', false],
        [muteChat, 'mutedUntil', 0],
        [unmuteChat, 'mutedUntil', null],
      ] as const;
      for (const [tool, field, value] of steps) {
        const { changed } = await served(tool, { chat: chat() });
        assert.equal(changed, true, tool.name);
        await until(() => account.arrangement()[field] === value, tool.name);
      }
      const { muted_until } = await served(muteChat, { chat: chat(), duration_seconds: 28_800 });
      await until(() => (account.arrangement().mutedUntil ?? 0) > 0, 'mute that ends');
      assert.equal(Date.parse(muted_until ?? '') / 1_000, account.arrangement().mutedUntil);
      await served(unmuteChat, { chat: chat() });
    });

    it('marks a chat read', async () => {
      const { id } = account.friendWrites('read this');
      await stored(id);
      const marked = await served(markChatRead, { chat: chat() });
      assert.deepEqual([marked.receipts, marked.receipts_error], ['sent', undefined]);
      await until(() => account.unreadOfFriend() === 0, 'read chat');
    });

    it('marks single messages read where the engine can, and names who could', async () => {
      const { id } = account.friendWrites('and this');
      await stored(id);
      const request = { chat: chat(), message_ids: [id] };
      if (serves === 'baileys') {
        assert.equal((await served(markMessagesRead, request)).receipts_sent, 1);
        await until(() => account.readReceipts().includes(id), 'receipt');
      } else if (without === null) {
        const { details } = await assistant.refuses('CAPABILITY_UNAVAILABLE', 'mark_messages_read', request);
        assert.deepEqual(details?.could, [{ engine: 'baileys', level: 'not-configured', code: null }]);
      } else {
        const refusal = await assistant.refuses('NOT_CONNECTED', 'mark_messages_read', request);
        assert.equal(refusal.engine, 'baileys');
      }
    });

    it('downloads a file once', async () => {
      const { id, bytes, sha256Base64 } = account.friendSendsFile();
      await stored(id);
      const file = await served(downloadMedia, { message_id: id, chat: chat() });
      const sha256 = Buffer.from(sha256Base64, 'base64').toString('hex');
      assert.deepEqual([file.size, file.sha256, file.cached], [bytes, sha256, false]);
      const again = await assistant.answer(downloadMedia, { message_id: id, chat: chat() });
      assert.deepEqual([again.data.cached, again.meta.engine], [true, undefined]);
    });

    it('looks people up', async () => {
      const phones = [account.friend.pn.split('@')[0] ?? '', account.strangerPhone];
      const { results } = await served(checkIsOnWhatsapp, { phones });
      assert.deepEqual(
        results.map(({ is_on_whatsapp }) => is_on_whatsapp),
        [true, false],
      );
      const { shown, none, hidden } = account.pictures;
      assert.equal((await served(getProfilePicture, { target: shown })).has_picture, true);
      assert.equal((await served(getProfilePicture, { target: none })).has_picture, false);
      await assistant.refuses('PRIVACY_RESTRICTED', 'get_profile_picture', { target: hidden });
      assert.equal(
        (await served(getGroupInfo, { group: account.group.jid, source: 'live' })).group.source,
        'live',
      );
    });

    it('blocks, lists and unblocks', async () => {
      assert.equal((await served(blockContact, { jid: chat() })).blocked, true);
      assert.equal(account.isFriendBlocked(), true);
      const { contacts, source } = await served(getBlockedContacts, {});
      assert.equal(source, 'live');
      assert.ok(contacts.some(({ jid }) => jid === chat()));
      assert.equal(
        (await served(unblockContact, { phone: account.friend.pn.split('@')[0] ?? '' })).blocked,
        false,
      );
      assert.equal(account.isFriendBlocked(), false);
    });

    it('counts devices', async () => {
      const { count, listed } = await served(getLinkedDevices, {});
      assert.deepEqual([count, listed], [account.deviceCount() - 1, serves === 'baileys']);
    });

    it('is brought back on request', async () => {
      const resynced = await assistant.call(forceResync, { engine: serves, wait_seconds: 20 });
      assert.equal(resynced.status, 'done');
      const restarted = await assistant.call(restartEngine, {
        engine: serves,
        mode: 'reconnect',
        wait_seconds: 20,
      });
      assert.equal(restarted.status, 'done');
      await until(async () => (await levelOf(serves)) === 'ready', 'a ready engine');
      await served(getLinkedDevices, {});
    });
  });
}
