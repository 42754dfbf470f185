import { remember } from './chats.js';
import { call } from './link.js';
import { base64 } from './profile.js';
import { define } from './registry.js';

const FAILED = -1;
const SERVER = 1;

const MEDIA = [
  'clientUrl',
  'directPath',
  'mediaKey',
  'filehash',
  'encFilehash',
  'size',
  'mimetype',
  'filename',
  'caption',
  'width',
  'height',
  'duration',
];

const mediaOf = (message) =>
  message.directPath ? { media: Object.fromEntries(MEDIA.map((name) => [name, message[name]])) } : {};

const pollOf = ({ type, pollName, pollOptions, pollSelectableOptionsCount, messageSecret }) =>
  type === 'poll_creation'
    ? {
        poll: {
          name: pollName,
          options: pollOptions.map(({ name }) => name),
          selectable: pollSelectableOptionsCount,
          secret: base64(messageSecret),
        },
      }
    : {};

/** Page attributes that only some messages have, as the server wants to hear them. */
const requestOf = (chat, message) => ({
  chat: String(chat.id),
  id: message.id.id,
  type: message.type,
  body: message.body,
  ...mediaOf(message),
  ...pollOf(message),
  ...(message.type === 'location'
    ? { location: { lat: message.lat, lng: message.lng, loc: message.loc } }
    : {}),
  vcardName: message.vcardFormattedName,
  quoteId: message.quotedStanzaID,
  mentions: (message.mentionedJidList ?? []).map(String),
  forwarded: Boolean(message.isForwarded),
});

/** The message is there at once; the second promise ends when the server has it, or never. */
const addAndSendMsgToChat = (chat, attributes) => {
  const message = remember(chat, attributes);
  chat.set({ t: message.t });
  const result = call('send_message', requestOf(chat, message)).then(({ ok, t, rowId }) => {
    if (!ok) {
      message.set({ ack: FAILED });
      return { messageSendResult: 'ERROR_UNKNOWN' };
    }
    message.attributes.rowId = rowId;
    message.set({ t, ack: Math.max(message.ack, SERVER) });
    return { messageSendResult: 'OK', t };
  });
  return [Promise.resolve(message), result];
};

define('WAWebSendMsgChatAction', () => ({ addAndSendMsgToChat }));
define('WAWebGetEphemeralFieldsMsgActionsUtils', () => ({
  getEphemeralFields: ({ groupMetadata }) =>
    groupMetadata?.ephemeralDuration ? { ephemeralDuration: groupMetadata.ephemeralDuration } : {},
}));
define('WAWebLinkPreviewChatAction', () => ({ getLinkPreview: async () => null }));
