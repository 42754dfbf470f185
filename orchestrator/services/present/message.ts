import type { MessageRecord, SenderRef } from '#history/contracts/records.ts';
import { compact } from '../reply.ts';
import type { PublicParty } from '../shapes/common.ts';
import type { PublicMessage } from '../shapes/message.ts';
import { cleanName, cleanText, cutText } from './clean-text.ts';
import type { Times } from './times.ts';

export interface MessageStyle {
  /** Adds where the message was seen and whom it mentions. */
  readonly detailed?: boolean;
  readonly maxText?: number;
  /** Leaves the chat's name out where the answer names the chat once. */
  readonly withoutChatName?: boolean;
}

/** A single text is cut here unless the caller asks for more: it must not fill the answer alone. */
export const MESSAGE_TEXT_DEFAULT_MAX_CHARS = 8_000;
const QUOTED_TEXT_MAX_CHARS = 300;

export function presentMessage(record: MessageRecord, times: Times, style: MessageStyle = {}): PublicMessage {
  const maxText = style.maxText ?? MESSAGE_TEXT_DEFAULT_MAX_CHARS;
  const text = record.text === null ? null : cutText(cleanText(record.text), maxText);
  return compact({
    id: record.id,
    chat_jid: record.chatJid,
    chat_name: style.withoutChatName ? undefined : optionalName(record.chatName),
    from_me: record.fromMe,
    sender: record.sender === null ? undefined : presentSender(record.sender),
    timestamp: times.iso(record.sentAt),
    type: record.type,
    text: text?.text,
    text_truncated: text?.cut ? true : undefined,
    media: presentMedia(record),
    quoted: presentQuoted(record),
    mentions: style.detailed && record.mentions.length > 0 ? [...record.mentions] : undefined,
    poll: presentPoll(record),
    reactions: presentReactions(record),
    status: record.fromMe ? (record.status ?? undefined) : undefined,
    edited_at: record.editedAt === null ? undefined : times.iso(record.editedAt),
    deleted_at: record.revokedAt === null ? undefined : times.iso(record.revokedAt),
    forwarded: record.forwarded ? true : undefined,
    sources: style.detailed
      ? record.sources.map(({ engine, via, at }) => ({ engine, via, first_seen: times.iso(at) }))
      : undefined,
  });
}

export function optionalName(name: string | null): string | undefined {
  const clean = name === null ? '' : cleanName(name);
  return clean === '' ? undefined : clean;
}

export function presentSender(sender: SenderRef): PublicParty {
  return compact({ jid: sender.jid, name: optionalName(sender.name) });
}

function presentMedia({ media }: MessageRecord): PublicMessage['media'] {
  if (media === null) return undefined;
  return compact({
    mime: media.mime === undefined ? undefined : cleanName(media.mime),
    bytes: media.bytes,
    filename: media.filename === undefined ? undefined : cleanName(media.filename),
    duration_s: media.seconds,
  });
}

function presentQuoted({ quoted }: MessageRecord): PublicMessage['quoted'] {
  if (quoted === null) return undefined;
  return compact({
    id: quoted.id,
    sender_jid: quoted.sender ?? undefined,
    text: quoted.text === null ? undefined : cutText(cleanText(quoted.text), QUOTED_TEXT_MAX_CHARS).text,
  });
}

function presentPoll({ poll }: MessageRecord): PublicMessage['poll'] {
  if (poll === null) return undefined;
  return {
    question: cleanText(poll.question),
    options: poll.options.map(cleanName),
    max_selections: poll.maxSelections,
  };
}

function presentReactions({ reactions }: MessageRecord): PublicMessage['reactions'] {
  if (reactions.length === 0) return undefined;
  return reactions.map(({ emoji, by }) =>
    compact({ emoji: cleanName(emoji), by: by === null ? undefined : presentSender(by) }),
  );
}
