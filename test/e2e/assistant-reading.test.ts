import assert from 'node:assert/strict';
import type { z } from 'zod';
import type { Toolset } from '#mcp/tool.ts';
import { allTools } from '#mcp/tools/all.ts';
import { getChat } from '#mcp/tools/get_chat.ts';
import { getLastInteraction } from '#mcp/tools/get_last_interaction.ts';
import { getMessageById } from '#mcp/tools/get_message_by_id.ts';
import { getMessageContext } from '#mcp/tools/get_message_context.ts';
import { getMessageStatistics } from '#mcp/tools/get_message_statistics.ts';
import { listChats } from '#mcp/tools/list_chats.ts';
import { listMessages } from '#mcp/tools/list_messages.ts';
import { markChatRead } from '#mcp/tools/mark_chat_read.ts';
import { querySyncedMessages } from '#mcp/tools/query_synced_messages.ts';
import { searchMessages } from '#mcp/tools/search_messages.ts';
import type { chatShape } from '#orchestrator/services/shapes/chat.ts';
import type { OracleChat, OracleMessage } from '#simulator/account/oracle.ts';
import { type Assistant, connectAssistant, type Era } from '../rig/assistant.ts';
import { checkMessage, sorted, tellingWord } from '../rig/facts.ts';
import { startLinked } from '../rig/linked.ts';
import type { Service } from '../rig/service.ts';
import { createWorld, type World } from '../rig/world.ts';

/** Those that are called here. */
const TOOLSETS: readonly Toolset[] = ['chats', 'messages', 'history'];
/** What they do is in history-tools.test.ts. */
const LONG_WORK = [
  'fetch_history',
  'fetch_history_bulk',
  'get_bulk_sync_status',
  'get_history_sync_status',
  'get_sync_checkpoints',
  'list_jobs',
  'pause_job',
  'resume_sync',
  'smart_sync_and_search',
  'sync_history_to_database',
  'wait_for_message',
  'fetch_media',
  'export_chat_data',
];
const ABSENT = { group: '120363999999999999@g.us', person: '999999999999999@lid' };

describe('an assistant reads what the account says', () => {
  let world: World;
  let service: Service;
  let chats: readonly OracleChat[];
  /** What the phone has pushed, so what the store holds. */
  let stored: readonly OracleMessage[];

  before(async () => {
    world = await createWorld('tiny');
    service = await startLinked(world, { TANDEM_TOOLSETS: 'all', TANDEM_SENDING: 'on' });
  });
  after(() => world.close());
  const learn = () => {
    chats = [...world.simulator.oracle.chats()];
    stored = [...world.simulator.oracle.messages()].filter(({ pushed }) => pushed);
  };

  const of = (chat: OracleChat) => stored.filter(({ chatKey }) => chatKey === chat.chatKey);
  const me = () => world.simulator.account.person('me').lid ?? '';
  const direct = () =>
    chats.find((chat) => chat.kind === 'direct' && chat.jids.length === 2 && chat.name) as OracleChat;
  const group = () => chats.find(({ kind }) => kind === 'group') as OracleChat;

  const eras: readonly Era[] = ['2025', '2026'];
  for (const era of eras) {
    describe(`protocol of ${era} R:both-protocols`, () => {
      let assistant: Assistant;
      let unreadBefore = 0;
      let receiptsBefore = 0;
      /** As the phone shows it. */
      const unread = () => world.simulator.account.chats().reduce((sum, chat) => sum + chat.unreadCount, 0);
      const failed = new Set<string>();
      const refuses: Assistant['refuses'] = (code, tool, args) => {
        failed.add(tool);
        return assistant.refuses(code, tool, args);
      };

      before(async () => {
        learn();
        unreadBefore = unread();
        receiptsBefore = world.simulator.wire.readReceipts.length;
        assistant = await connectAssistant(service, era);
      });
      after(() => assistant.close());

      it('chats are those of the account, in order, page by page', async () => {
        const shown: z.infer<typeof chatShape>[] = [];
        let cursor: string | undefined;
        do {
          const page = await assistant.call(listChats, { limit: 4, ...(cursor ? { cursor } : {}) });
          shown.push(...page.chats);
          cursor = page.next_cursor;
        } while (cursor !== undefined);
        const wanted = chats.filter((chat) => of(chat).length > 0);
        assert.deepEqual(
          sorted(shown.map(({ jid }) => jid)),
          sorted(wanted.map(({ canonicalJid }) => canonicalJid)),
        );
        const times = shown.map(({ last_active }) => Date.parse(last_active ?? ''));
        assert.deepEqual(
          times,
          [...times].sort((a, b) => b - a),
        );
        for (const chat of wanted) {
          const seen = shown.find(({ jid }) => jid === chat.canonicalJid);
          const facts = [seen?.message_count, seen?.archived, seen?.pinned, seen?.muted, seen?.unread_count];
          const truth = [
            of(chat).length,
            chat.archived,
            chat.pinned,
            chat.mutedUntil !== null,
            chat.unreadCount,
          ];
          assert.deepEqual(facts, truth, chat.chatKey);
          if (chat.name !== null) assert.equal(seen?.name, chat.name);
          assert.equal(seen?.last_message?.id, of(chat).at(-1)?.id);
        }
        const again = await assistant.callLoosely(
          listChats,
          { filter: group().name, groups_only: true },
          'list_chats_v2',
        );
        assert.ok(again.chats.some(({ jid }) => jid === group().canonicalJid));
        await refuses('INVALID_CURSOR', 'list_chats', { cursor: 'nonsense' });
      });

      it('one chat under each of its names', async () => {
        for (const name of [...direct().jids, direct().name ?? '', `+${direct().jids[1]?.split('@')[0]}`]) {
          const { chat } = await assistant.call(getChat, { chat: name });
          assert.equal(chat.jid, direct().canonicalJid);
          assert.equal(chat.history_end, 'more-on-phone');
        }
        const { chat } = await assistant.callLoosely(
          getChat,
          { jid: group().canonicalJid },
          'get_chat_by_id',
        );
        assert.equal(chat.participants_count, group().memberJids.length);
        await refuses('CHAT_NOT_FOUND', 'get_chat', { chat: 'Nobody at all' });
        const truth = stored
          .filter((one) => one.chatKey === direct().chatKey || one.senderJid === direct().canonicalJid)
          .sort((a, b) => b.timeSeconds - a.timeSeconds)[0];
        const last = await assistant.call(getLastInteraction, { contact: direct().name ?? '' });
        assert.equal(last.message?.id, truth?.id);
        await assistant.refuses('CONTACT_NOT_FOUND', 'get_last_interaction', { contact: ABSENT.person });
      });

      it('messages say what the account says', async () => {
        for (const chat of chats.filter((one) => of(one).length > 0)) {
          const { messages, total } = await assistant.call(listMessages, {
            chat: chat.canonicalJid,
            order: 'oldest',
            response_format: 'detailed',
          });
          const truth = of(chat);
          assert.equal(total, truth.length);
          assert.deepEqual(
            messages.map(({ id }) => id),
            truth.map(({ id }) => id),
          );
          for (const [at, message] of messages.entries())
            checkMessage(message, truth[at] as OracleMessage, me());
        }
        await refuses('INVALID_TIME', 'list_messages', { after: 'the day before' });
      });

      it('search finds exactly the messages with the word', async () => {
        const { word, ids } = tellingWord(stored);
        const hits = await assistant.call(searchMessages, { query: word, limit: 100 });
        assert.deepEqual(sorted(hits.hits.map(({ id }) => id)), ids);
        assert.ok(hits.hits.every(({ snippet }) => snippet.includes('**')));
        const part = await assistant.call(querySyncedMessages, { content: word.slice(1, -1), limit: 1_000 });
        for (const id of ids) assert.ok(part.messages.some((message) => message.id === id));
        const none = await assistant.call(searchMessages, { query: 'qqqqxyzzy' });
        assert.equal(none.reason, 'NO_RESULTS');
        await refuses('QUERY_TOO_LONG', 'search_messages', { query: 'x'.repeat(501) });
        await refuses('INVALID_TIME', 'query_synced_messages', { before: 'soon' });
      });

      it('one message, what stands around it, and counts', async () => {
        const truth = of(group());
        const middle = truth[4] as OracleMessage;
        const { message } = await assistant.callLoosely(getMessageById, {
          id: middle.id,
          chat_jid: middle.chatJid,
        });
        checkMessage(message, middle, me());
        const around = await assistant.call(getMessageContext, {
          message_id: middle.id,
          chat: middle.chatJid,
          before: 2,
          after: 3,
        });
        assert.deepEqual(
          [...around.before, around.target, ...around.after].map(({ id }) => id),
          truth.slice(2, 8).map(({ id }) => id),
        );
        await refuses('MESSAGE_NOT_FOUND', 'get_message_by_id', { message_id: 'FEED0000' });
        await refuses('MESSAGE_NOT_FOUND', 'get_message_context', { message_id: 'FEED0000' });
        const counts = await assistant.call(getMessageStatistics, {});
        assert.deepEqual(
          [counts.total_messages, counts.media_messages, counts.deleted_messages, counts.edited_messages],
          [
            stored.length,
            stored.filter(({ mediaKind, revoked }) => mediaKind !== null && !revoked).length,
            stored.filter(({ revoked }) => revoked).length,
            stored.filter(({ edited, revoked }) => edited && !revoked).length,
          ],
        );
        await refuses('CHAT_NOT_FOUND', 'get_message_statistics', { chat: ABSENT.group });
      });

      it('tools of long work refuse what they do not know', async () => {
        for (const tool of LONG_WORK) await refuses('VALIDATION_ERROR', tool, { colour: 'green' });
      });

      it('all this reading has marked nothing as read R:reading-leaves-no-trace', () => {
        assert.ok(unreadBefore > 0, 'nothing was unread');
        assert.deepEqual(
          [unread(), world.simulator.wire.readReceipts.length],
          [unreadBefore, receiptsBefore],
        );
      });

      it('marks as read', async () => {
        const unread = chats.find(({ unreadCount }) => unreadCount > 0) as OracleChat;
        const marked = await assistant.call(markChatRead, { chat: unread.canonicalJid }, 'mark_chat_read_v2');
        assert.equal(marked.marked_count, unread.unreadCount);
        await refuses('CHAT_NOT_FOUND', 'mark_chat_read', { chat: ABSENT.group });
      });

      it('saw each of these tools fail with a typed error', () => {
        assert.deepEqual(
          sorted([...failed]),
          sorted(allTools.filter(({ toolset }) => TOOLSETS.includes(toolset)).map(({ name }) => name)),
        );
      });
    });
  }
});
