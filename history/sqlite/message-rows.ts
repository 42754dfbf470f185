import type { Media, MessageStatus, MessageType } from '#engines/contract/message.ts';
import type { MessageExtra, MessageState } from '../merge/message.ts';

/** A row of `messages`. */
export interface MessageRow {
  readonly pk: number;
  readonly chat_id: number;
  readonly stanza_id: string;
  readonly from_me: number;
  readonly sender_id: number;
  readonly sent_at: number;
  readonly type: MessageType;
  readonly text: string | null;
  readonly status: MessageStatus | null;
  readonly edited_at: number | null;
  readonly revoked_at: number | null;
  readonly forwarded: number;
  readonly engines: number;
  readonly local_time: number;
  readonly extra: string | null;
}

export interface MediaRow {
  readonly pk: number;
  readonly mime: string | null;
  readonly bytes: number | null;
  readonly filename: string | null;
  readonly seconds: number | null;
  readonly width: number | null;
  readonly height: number | null;
  readonly media_key: string | null;
  readonly direct_path: string | null;
  readonly url: string | null;
  readonly sha256: string | null;
  readonly encrypted_sha256: string | null;
}

export function stateOfRow(row: MessageRow): MessageState {
  return {
    sentAt: row.sent_at,
    localTime: row.local_time === 1,
    type: row.type,
    text: row.text,
    editedAt: row.edited_at,
    revokedAt: row.revoked_at,
    status: row.status,
    forwarded: row.forwarded === 1,
    extra: parseExtra(row.extra),
  };
}

export function parseExtra(json: string | null): MessageExtra | null {
  return json === null ? null : (JSON.parse(json) as MessageExtra);
}

/** The columns that a merge of two sights may change. */
export function columnsOf(
  state: MessageState,
): Pick<
  MessageRow,
  'sent_at' | 'local_time' | 'type' | 'text' | 'edited_at' | 'revoked_at' | 'status' | 'forwarded' | 'extra'
> {
  return {
    sent_at: state.sentAt,
    local_time: Number(state.localTime),
    type: state.type,
    text: state.text,
    edited_at: state.editedAt,
    revoked_at: state.revokedAt,
    status: state.status,
    forwarded: Number(state.forwarded),
    extra: state.extra === null ? null : JSON.stringify(state.extra),
  };
}

export function mediaOfRow(row: MediaRow): Media {
  return {
    ...(row.mime === null ? {} : { mime: row.mime }),
    ...(row.bytes === null ? {} : { bytes: row.bytes }),
    ...(row.filename === null ? {} : { filename: row.filename }),
    ...(row.seconds === null ? {} : { seconds: row.seconds }),
    ...(row.width === null ? {} : { width: row.width }),
    ...(row.height === null ? {} : { height: row.height }),
    ...(row.media_key === null ? {} : { mediaKey: row.media_key }),
    ...(row.direct_path === null ? {} : { directPath: row.direct_path }),
    ...(row.url === null ? {} : { url: row.url }),
    ...(row.sha256 === null ? {} : { sha256: row.sha256 }),
    ...(row.encrypted_sha256 === null ? {} : { encryptedSha256: row.encrypted_sha256 }),
  };
}

export function rowOfMedia(pk: number, media: Media): MediaRow {
  return {
    pk,
    mime: media.mime ?? null,
    bytes: media.bytes ?? null,
    filename: media.filename ?? null,
    seconds: media.seconds ?? null,
    width: media.width ?? null,
    height: media.height ?? null,
    media_key: media.mediaKey ?? null,
    direct_path: media.directPath ?? null,
    url: media.url ?? null,
    sha256: media.sha256 ?? null,
    encrypted_sha256: media.encryptedSha256 ?? null,
  };
}
