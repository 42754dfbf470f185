import { carriesFile, fileTypes, type MessageType } from '#engines/contract/message.ts';
import type { MessageFilter } from '../contracts/history.ts';
import { firstKeyOf } from '../time-key.ts';
import { ME } from './identities.ts';

/** The key holds the time of the first sight; another engine may have corrected the time column by this much. */
export const TIME_CORRECTION_MAX_SECONDS = 300;

export interface Conditions {
  /** Joined by AND; over the alias `m`. */
  readonly parts: readonly string[];
  readonly params: readonly (string | number)[];
}

/** The filter as SQL. Literals stand where a partial index must recognise its own condition. */
export function conditionsOf(filter: MessageFilter & { readonly senderIds?: readonly number[] }): Conditions {
  const parts: string[] = [];
  const params: (string | number)[] = [];
  const add = (part: string, ...values: (string | number)[]) => {
    parts.push(part);
    params.push(...values);
  };
  if (filter.chatId !== undefined) add(`m.chat_id = ?`, filter.chatId);
  if (filter.senderId === ME) add(`m.from_me = 1`);
  else if (filter.senderId !== undefined) add(`m.sender_id = ? AND m.sender_id > 0`, filter.senderId);
  if (filter.senderIds !== undefined) {
    const others = JSON.stringify(filter.senderIds.filter((id) => id !== ME));
    add(
      `(m.sender_id IN (SELECT value FROM json_each(?))${filter.senderIds.includes(ME) ? ' OR m.from_me = 1' : ''})`,
      others,
    );
  }
  if (filter.fromMe !== undefined) add(`m.from_me = ${filter.fromMe ? 1 : 0}`);
  const types = typesOf(filter);
  if (types !== null) {
    const [only] = types;
    if (types.length === 1 && only !== undefined && only !== 'text')
      add(`m.type = ? AND m.type <> 'text'`, only);
    else add(`+m.type IN (SELECT value FROM json_each(?))`, JSON.stringify(types));
  }
  if (filter.since !== undefined)
    add(`m.pk >= ? AND m.sent_at >= ?`, firstKeyOf(filter.since - TIME_CORRECTION_MAX_SECONDS), filter.since);
  if (filter.until !== undefined)
    add(`m.pk < ? AND m.sent_at < ?`, firstKeyOf(filter.until + TIME_CORRECTION_MAX_SECONDS), filter.until);
  return { parts, params };
}

function typesOf(filter: MessageFilter): readonly MessageType[] | null {
  if (filter.hasMedia !== true) return filter.types ?? null;
  return filter.types === undefined ? fileTypes : filter.types.filter(carriesFile);
}
