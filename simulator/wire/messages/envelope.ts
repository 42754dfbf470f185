import type { proto } from '@whiskeysockets/baileys';
import type { Account } from '../../account/account.ts';
import type { PersonKey, SimChat } from '../../account/model.ts';
import { ME } from '../../account/model.ts';
import type { Attributes } from '../nodes.ts';
import { addressingOf, otherJid, personJid } from './jids.ts';

/** Something one person says in a chat, before it is encrypted for anybody. */
export type Utterance = {
  readonly chat: SimChat;
  readonly sender: PersonKey;
  /** Stanza id. */
  readonly id: string;
  readonly time: number;
  readonly content: proto.IMessage;
  /** `edit` attribute of edits and revokes. */
  readonly edit?: string;
};

const MEDIA: readonly (keyof proto.IMessage)[] = [
  'imageMessage',
  'videoMessage',
  'audioMessage',
  'documentMessage',
  'stickerMessage',
  'contactMessage',
];

/** The `type` attribute of a message stanza. */
export const stanzaType = (content: proto.IMessage): string => {
  if (content.reactionMessage) return 'reaction';
  if (content.pollCreationMessageV3 || content.pollUpdateMessage) return 'poll';
  return MEDIA.some((kind) => content[kind]) ? 'media' : 'text';
};

/** Who said it where, with the second identity of the one concerned, as the server writes it. */
export const envelopeAttributes = (account: Account, utterance: Utterance): Attributes => {
  const { chat, sender, id, time, content, edit } = utterance;
  const mode = addressingOf(chat);
  const common = { id, t: String(time), type: stanzaType(content), edit, addressing_mode: mode };
  const otherKind = mode === 'lid' ? 'pn' : 'lid';
  const notify = account.person(sender).pushName ?? undefined;
  if (chat.group) {
    return {
      ...common,
      notify,
      from: chat.jid,
      participant: personJid(account, sender, mode),
      [`participant_${otherKind}`]: otherJid(account, sender, mode),
    };
  }
  if (sender !== ME) {
    return { ...common, notify, from: chat.jid, [`sender_${otherKind}`]: otherJid(account, sender, mode) };
  }
  const peer = chat.peer ?? ME;
  return {
    ...common,
    notify,
    from: personJid(account, ME, mode),
    recipient: chat.jid,
    [`peer_recipient_${otherKind}`]: otherJid(account, peer, mode),
  };
};
