import { call } from './link.js';
import { Msg, MsgModel } from './messages.js';
import { reviveKey } from './msg-key.js';

/** Found messages are models, but do not enter the memory of their chat. */
Msg.search = async (query, page, count, remote) => {
  const { messages, eof } = await call('search', {
    query,
    page: page ?? null,
    count: count ?? null,
    chat: remote ? String(remote) : null,
  });
  return {
    messages: messages.map((json) => Msg.get(reviveKey(json.id)) ?? new MsgModel(json)),
    eof,
  };
};
