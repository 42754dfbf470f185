import { keyOf, sendChange } from './changes.js';
import { call, onEvent } from './link.js';
import { Msg } from './messages.js';
import { MsgKey, reviveKey } from './msg-key.js';
import { define, requireModule } from './registry.js';
import { createWid } from './wid.js';

const rowOf = ({ key, parent, sender, optionIds, timestampMs }) => ({
  id: reviveKey(key),
  pollUpdateParentKey: reviveKey(parent),
  parentMsgKey: reviveKey(parent),
  author: createWid(sender),
  from: createWid(sender),
  sender: createWid(sender),
  selectedOptionLocalIds: optionIds,
  senderTimestampMs: timestampMs,
  t: timestampMs,
});

onEvent('vote', (vote) => {
  requireModule('WAWebAddonPollVoteTableMode').pollVoteTableMode.bulkUpsert([rowOf(vote)]);
});

/** `options` are local ids; a vote replaces the one before. */
const sendVote = (msg, options) => sendChange('vote', msg, { optionIds: [...options] });

/** The store can only be asked for one column. */
const equals = async ([column], value) => {
  if (column !== 'parentMsgKey') return [];
  const key = MsgKey.fromString(value);
  const poll = Msg.get(key);
  return (await call('poll_votes', { key: keyOf(poll ?? { id: key }) })).map(rowOf);
};

define('WAWebPollsSendVoteMsgAction', () => ({ sendVote }));
define('WAWebPollsVotesSchema', () => ({ getTable: () => ({ equals }) }));
