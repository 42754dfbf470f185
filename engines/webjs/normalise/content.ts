import { clip, clipName, said, toBase64, toCount } from '#engines/contract/kit/scalars.ts';
import type { MessageObservation, MessageType } from '#engines/contract/message.ts';
import type { Oddities } from './border.ts';
import { fileType, mediaOf } from './media.ts';
import { type PageMessage, readQuoted } from './shapes.ts';
import { toJid } from './wid.ts';

/** What a message says, without who, where and when. */
export type Content = Pick<
  MessageObservation,
  'type' | 'text' | 'media' | 'quoted' | 'mentions' | 'poll' | 'ephemeralSeconds' | 'forwarded'
>;

const TEXT_MAX = 70_000;
const SECRET_BYTES = 64;

/** Null for what never is a line of the chat by itself. */
export function contentOf(message: PageMessage, oddities: Oddities): Content | null {
  const body = bodyOf(message);
  if (body === null) return null;
  return {
    type: body.type,
    ...said({
      text: clip(body.text, TEXT_MAX),
      media: fileType(message) === null ? null : mediaOf(message),
      poll: body.type === 'poll' ? pollOf(message) : null,
      quoted: quotedOf(message, oddities),
      mentions: mentionsOf(message),
      ephemeralSeconds: toCount(message.ephemeralDuration) || null,
      forwarded: message.isForwarded === true || (toCount(message.forwardingScore) ?? 0) > 0 ? true : null,
    }),
  };
}

interface Body {
  readonly type: MessageType;
  readonly text?: string | null | undefined;
}

function bodyOf(message: PageMessage): Body | null {
  const file = fileType(message);
  if (file !== null) return { type: file, text: message.caption || null };
  const type = message.type ?? '';
  if (SILENT.has(type)) return null;
  if (SYSTEM.has(type)) return { type: 'system' };
  switch (type) {
    case 'chat':
      return { type: 'text', text: message.body ?? '' };
    case 'poll_creation':
      return { type: 'poll', text: message.pollName ?? '' };
    case 'location':
      return { type: 'location', text: message.loc || message.comment || message.caption || null };
    case 'vcard':
    case 'multi_vcard':
      return { type: 'contact', text: message.vcardFormattedName || null };
    case 'ciphertext':
      return { type: 'undecryptable' };
    case 'revoked':
      return { type: 'other' };
    default:
      // Kinds that Tandem does not model, kept with whatever a reader sees of them; also those invented after this was written.
      return { type: 'other', text: shownText(message) };
  }
}

/** Lines that nobody wrote. */
const SYSTEM: ReadonlySet<string> = new Set([
  'gp2', 'notification', 'notification_template', 'broadcast_notification', 'call_log',
  'newsletter_notification',
]); // biome-ignore format: a list reads better dense

/** Traffic that changes other messages or none, and lines that a page writes for itself alone. */
const SILENT: ReadonlySet<string> = new Set([
  '', 'e2e_notification', 'protocol', 'reaction', 'reaction_enc', 'poll_update', 'pin_message', 'pinned_message', 'keep_in_chat',
  'event_response', 'event_edit_encrypted', 'message_history_bundle', 'message_history_notice', 'biz_cover_photo', 'debug',
  'biz-cover-photo',
]); // biome-ignore format: a list reads better dense

function shownText(message: PageMessage): string | null {
  const heading = [
    message.title ?? message.eventName ?? message.inviteGrpName,
    message.description ?? message.caption,
  ];
  return heading.filter((part) => part !== undefined && part !== '').join('\n') || message.body || null;
}

function pollOf(message: PageMessage): MessageObservation['poll'] {
  return {
    question: clip(message.pollName, 4_096) ?? '',
    options: (message.pollOptions ?? []).slice(0, 64).map(({ name }) => clip(name, 1_000) ?? ''),
    maxSelections: toCount(message.pollSelectableOptionsCount) ?? 0,
    ...said({ secret: toBase64(message.messageSecret, SECRET_BYTES) }),
  };
}

function quotedOf(message: PageMessage, oddities: Oddities): MessageObservation['quoted'] | null {
  const id = clipName(message.quotedStanzaID, 128);
  if (id === null) return null;
  const quoted = message.quotedMsg === undefined ? null : readQuoted(message.quotedMsg, oddities);
  const text = quoted === null ? null : bodyOf(quoted)?.text;
  return { id, sender: toJid(message.quotedParticipant), text: clip(text, TEXT_MAX) };
}

function mentionsOf(message: PageMessage): string[] | null {
  const jids = (message.mentionedJidList ?? []).map(toJid).filter((jid) => jid !== null);
  return jids.length === 0 ? null : [...new Set(jids)].slice(0, 1_024);
}
