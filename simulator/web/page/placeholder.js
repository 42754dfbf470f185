import { call } from './link.js';
import { define } from './registry.js';

/** Messages that could not be read are asked of the phone; what it sends changes the models that stand for them. */
const handlePlaceholderMsgsSeen = (messages) =>
  call('placeholder_resend', {
    keys: messages.map(({ id }) => ({ remote: String(id.remote), id: id.id, fromMe: id.fromMe })),
  });

define('WAWebNonMessageDataRequestPlaceholderMessageResendUtils', () => ({ handlePlaceholderMsgsSeen }));
