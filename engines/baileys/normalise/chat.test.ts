import assert from 'node:assert/strict';
import { type Chat, proto } from '@whiskeysockets/baileys';
import { observeChatUpdate, observeStoredChat } from './chat.ts';

const self = { pn: '4915100000001@s.whatsapp.net', lid: '900000000000001@lid' };
const other = '4915100000002@s.whatsapp.net';
const otherLid = '900000000000002@lid';
const NOW = 1_795_000_000;

describe('baileys/normalise: chats', () => {
  it('reads a stored chat', () => {
    const end = proto.Conversation.EndOfHistoryTransferType.COMPLETE_AND_NO_MORE_MESSAGE_REMAIN_ON_PRIMARY;
    const forever = { low: -1, high: -1, unsigned: true } as unknown as number;
    assert.deepEqual(
      observeStoredChat(
        {
          id: otherLid,
          pnJid: other,
          unreadCount: 3,
          pinned: NOW,
          muteEndTime: forever,
          endOfHistoryTransferType: end,
        } as Chat,
        self,
      ),
      {
        kind: 'chat',
        chat: otherLid,
        chatAlt: other,
        unread: 3,
        pinnedAt: NOW,
        historyEnd: 'start-reached',
        mutedUntil: 0,
      },
    );
  });

  it('tells changes from the library counting for itself', () => {
    const update = (fields: object, fromSnapshot = false) =>
      observeChatUpdate({ id: other, ...fields }, { now: NOW, fromSnapshot });
    assert.equal(update({ unreadCount: 1, conversationTimestamp: NOW }), null);
    assert.deepEqual(update({ unreadCount: 0 }), {
      kind: 'chat',
      chat: other,
      unread: 0,
      markedUnread: false,
      readAt: NOW,
    });
    assert.equal(update({ unreadCount: 0 }, true), null);
    assert.deepEqual(update({ unreadCount: -1 }, true), { kind: 'chat', chat: other, markedUnread: true });
    assert.deepEqual(update({ muteEndTime: null, pinned: null }), {
      kind: 'chat',
      chat: other,
      pinnedAt: null,
      mutedUntil: null,
    });
  });
});
