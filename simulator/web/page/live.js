import { forget, forgetChat, learnChat, remember } from './chats.js';
import { onEvent } from './link.js';
import { Msg, reviveAttributes } from './messages.js';
import { MsgKey, reviveKey } from './msg-key.js';
import { define, requireModule } from './registry.js';
import { createWid } from './wid.js';

/** What the server tells of the account becomes events of models. */
onEvent('message', ({ chat: json, group, message }) => {
  const chat = learnChat(json, group);
  remember(chat, message);
});

onEvent('chat', ({ chat, group }) => void learnChat(chat, group));

onEvent('chat_remove', ({ simKey }) => forgetChat(simKey));

onEvent('message_change', ({ key, attributes }) => {
  Msg.get(new MsgKey(key))?.set(reviveAttributes(attributes));
});

onEvent('message_remove', ({ key }) => forget(Msg.get(new MsgKey(key))));

onEvent('reaction', ({ key, parent, sender, text, timestampMs, hasReaction }) => {
  const row = {
    id: reviveKey(key),
    reactionParentKey: reviveKey(parent),
    reactionText: text,
    reactionTimestamp: timestampMs,
    author: createWid(sender),
    from: createWid(sender),
    read: false,
    orphan: 0,
    ack: 1,
  };
  Msg.get(row.reactionParentKey)?.set({ hasReaction });
  requireModule('WAWebAddonReactionTableMode').reactionTableMode.bulkUpsert([row]);
});

define('WAWebAddonReactionTableMode', () => ({ reactionTableMode: { bulkUpsert: () => {} } }));
define('WAWebAddonPollVoteTableMode', () => ({ pollVoteTableMode: { bulkUpsert: () => {} } }));
