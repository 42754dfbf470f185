import { keyOf } from './changes.js';
import { call } from './link.js';
import { isMe } from './me.js';
import { Msg } from './messages.js';
import { collections } from './misc.js';
import { reviveKey } from './msg-key.js';
import { createWid } from './wid.js';

/** The reactions to a message, grouped by emoji. */
collections.Reactions = {
  async find(id) {
    const msg = Msg.get(id);
    const rows = msg ? await call('reactions', { key: keyOf(msg) }) : [];
    const groups = new Map();
    for (const { emoji, sender, timestampMs } of rows) {
      const wid = createWid(sender);
      const group = groups.get(emoji) ?? {
        id: emoji,
        aggregateEmoji: emoji,
        hasReactionByMe: false,
        senders: [],
      };
      group.hasReactionByMe ||= isMe(wid);
      group.senders.push({
        msgKey: reviveKey(keyOf(msg)),
        parentMsgKey: msg.id,
        reactionText: emoji,
        senderUserJid: String(wid),
        timestamp: timestampMs,
        read: true,
        orphan: 0,
        ack: 1,
      });
      groups.set(emoji, group);
    }
    const list = [...groups.values()];
    return { id: String(id), reactions: Object.assign(list, { serialize: () => structuredCloneOf(list) }) };
  },
};

/** Plain copies, as a caller may change what it gets. */
function structuredCloneOf(list) {
  return list.map((group) => ({ ...group, senders: group.senders.map((sender) => ({ ...sender })) }));
}
