import assert from 'node:assert/strict';
import { until } from '#kernel/testing/until.ts';
import { getChat } from '#mcp/tools/get_chat.ts';
import { listMessages } from '#mcp/tools/list_messages.ts';
import type { ChatKey } from '#simulator/account/model.ts';
import type { OracleChat, OracleMessage } from '#simulator/account/oracle.ts';
import type { Assistant } from './assistant.ts';
import { checkMessage } from './facts.ts';
import type { World } from './world.ts';

/** Waits until the assistant sees in one chat what the account knows: every message it was handed, and the chat's state. */
export async function agrees(world: World, assistant: Assistant, key: ChatKey): Promise<void> {
  let difference: unknown;
  const isSame = async () => {
    try {
      await compareChat(world, assistant, key);
      return true;
    } catch (error) {
      if (!(error instanceof assert.AssertionError)) throw error;
      difference = error;
      return false;
    }
  };
  await until(isSame, `agreement about ${key}`).catch((error: unknown) => {
    throw difference ?? error;
  });
}

/** Two senders' messages of one second reach a device in any order. */
function inOrder(timeA: number, idA: string, timeB: number, idB: string): number {
  return timeA - timeB || (idA < idB ? -1 : 1);
}

async function compareChat(world: World, assistant: Assistant, key: ChatKey): Promise<void> {
  const { oracle, account } = world.simulator;
  const truth = [...oracle.messages(key)].filter(({ pushed }) => pushed);
  const chat = [...oracle.chats()].find(({ chatKey }) => chatKey === key) as OracleChat;
  const me = account.person('me').lid ?? '';
  const { messages: listed } = await assistant.call(listMessages, {
    chat: chat.canonicalJid,
    order: 'oldest',
    limit: 200,
    response_format: 'detailed',
  });
  const times = listed.map(({ timestamp }) => Date.parse(timestamp));
  assert.deepEqual(
    times,
    times.toSorted((a, b) => a - b),
    'oldest first',
  );
  const messages = listed.toSorted((a, b) =>
    inOrder(Date.parse(a.timestamp), a.id, Date.parse(b.timestamp), b.id),
  );
  truth.sort((a, b) => inOrder(a.timeSeconds, a.id, b.timeSeconds, b.id));
  assert.deepEqual(
    messages.map(({ id }) => id),
    truth.map(({ id }) => id),
  );
  for (const [at, message] of messages.entries()) checkMessage(message, truth[at] as OracleMessage, me);
  const { chat: shown } = await assistant.call(getChat, { chat: chat.canonicalJid });
  assert.deepEqual(
    {
      jid: shown.jid,
      unread: shown.unread_count,
      markedUnread: shown.marked_unread ?? false,
      archived: shown.archived,
      pinned: shown.pinned,
      muted: shown.muted,
    },
    {
      jid: chat.canonicalJid,
      unread: chat.unreadCount,
      markedUnread: chat.markedUnread,
      archived: chat.archived,
      pinned: chat.pinned,
      muted: chat.mutedUntil !== null,
    },
    key,
  );
}
