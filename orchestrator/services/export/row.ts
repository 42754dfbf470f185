import type { ChatRecord, MessageRecord, SenderRef } from '#history/contracts/records.ts';
import type { Times } from '../present/times.ts';
import { compact } from '../reply.ts';

/**
 * A message as an export holds it. Texts and names are as they were written, invisible characters included: it is the
 * archive of the account's owner and no answer to an assistant.
 */
export function rowOf(record: MessageRecord, times: Times) {
  return compact({
    id: record.id,
    chat_jid: record.chatJid,
    timestamp: times.iso(record.sentAt),
    from_me: record.fromMe,
    sender: record.sender === null ? undefined : partyOf(record.sender),
    type: record.type,
    text: record.text ?? undefined,
    media:
      record.media === null
        ? undefined
        : compact({
            mime: record.media.mime,
            bytes: record.media.bytes,
            filename: record.media.filename,
            duration_s: record.media.seconds,
          }),
    quoted:
      record.quoted === null
        ? undefined
        : compact({
            id: record.quoted.id,
            sender_jid: record.quoted.sender ?? undefined,
            text: record.quoted.text ?? undefined,
          }),
    mentions: record.mentions.length === 0 ? undefined : record.mentions,
    poll:
      record.poll === null
        ? undefined
        : {
            question: record.poll.question,
            options: record.poll.options,
            max_selections: record.poll.maxSelections,
          },
    reactions:
      record.reactions.length === 0
        ? undefined
        : record.reactions.map(({ emoji, by, at }) =>
            compact({ emoji, by: by === null ? undefined : partyOf(by), at: times.iso(at) }),
          ),
    status: record.fromMe ? (record.status ?? undefined) : undefined,
    edited_at: record.editedAt === null ? undefined : times.iso(record.editedAt),
    deleted_at: record.revokedAt === null ? undefined : times.iso(record.revokedAt),
    forwarded: record.forwarded ? true : undefined,
    sources: record.sources.map(({ engine, via, at }) => ({ engine, via, first_seen: times.iso(at) })),
  });
}
export type ExportRow = ReturnType<typeof rowOf>;

export function chatOf(chat: ChatRecord) {
  return compact({
    jid: chat.jid,
    name: chat.name ?? undefined,
    type: chat.kind,
    aliases: chat.aliases,
  });
}

function partyOf({ jid, name }: SenderRef) {
  return compact({ jid, name: name ?? undefined });
}
