import { me } from './me.js';
import { MsgKey } from './msg-key.js';
import { define, requireModule } from './registry.js';

/** What a forwarded message keeps of the one it comes from. */
const KEPT = [
  'type',
  'body',
  'clientUrl',
  'deprecatedMms3Url',
  'directPath',
  'mediaKey',
  'filehash',
  'encFilehash',
  'size',
  'mimetype',
  'filename',
  'duration',
  'width',
  'height',
  'lat',
  'lng',
  'loc',
  'vcardFormattedName',
];

const copyOf = (msg, includeCaption) => ({
  ...Object.fromEntries(KEPT.flatMap((name) => (msg[name] === undefined ? [] : [[name, msg[name]]]))),
  ...(includeCaption && msg.caption ? { caption: msg.caption } : {}),
});

const ownIn = (chat) => {
  const hidden = chat.groupMetadata ? chat.groupMetadata.isLidAddressingMode : chat.id.isLid();
  return hidden ? me.lid : me.pn;
};

const forwardMessages = async ({ chat, msgs, includeCaption = true }) => {
  for (const msg of msgs) {
    if (msg.type === 'revoked' || msg.isNotification) throw new Error('message cannot be forwarded');
    const from = ownIn(chat);
    const id = new MsgKey({
      from,
      to: chat.id,
      id: await MsgKey.newId(),
      participant: chat.isGroup ? from : undefined,
      selfDir: 'out',
    });
    const [added, result] = requireModule('WAWebSendMsgChatAction').addAndSendMsgToChat(chat, {
      ...copyOf(msg, includeCaption),
      id,
      ack: 0,
      from,
      to: chat.id,
      self: 'out',
      t: Math.floor(Date.now() / 1_000),
      isNewMsg: true,
      local: true,
      isForwarded: true,
      forwardingScore: (msg.forwardingScore ?? 0) + 1,
    });
    await added;
    await result;
  }
};

define('WAWebChatForwardMessage', () => ({ forwardMessages }));
