import type { Media, MessageObservation, MessageStatus, MessageType } from '#engines/contract/message.ts';
import { messageTypes } from '#engines/contract/message.ts';
import { earlier, fuller, greater } from './prefer.ts';
import { mergeVersion, type TextVersion } from './revision.ts';
import { mergeStatus } from './status.ts';

/** Parts of a message that few messages have. */
export interface MessageExtra {
  readonly quoted?: NonNullable<MessageObservation['quoted']>;
  readonly mentions?: readonly string[];
  readonly poll?: NonNullable<MessageObservation['poll']>;
  readonly ephemeralSeconds?: number;
}

/** What is known of one message; everything that two sights of it can disagree about. */
export interface MessageState {
  readonly sentAt: number;
  /** The time comes from an own clock. */
  readonly localTime: boolean;
  readonly type: MessageType;
  readonly text: string | null;
  /** Null = as it was written. */
  readonly editedAt: number | null;
  /** Null = not revoked, 0 = revoked at an unknown time. */
  readonly revokedAt: number | null;
  readonly status: MessageStatus | null;
  readonly forwarded: boolean;
  readonly extra: MessageExtra | null;
}

export interface MergedMessage {
  readonly state: MessageState;
  readonly past: TextVersion | null;
}

/** Commutative and idempotent in the sum of its results, so that engines may report in any order, any number of times. */
export function mergeMessage(known: MessageState, seen: MessageState): MergedMessage {
  const { current, past } = mergeVersion(versionOf(known), versionOf(seen));
  return {
    state: {
      ...mergeTime(known, seen),
      type: mergeType(known.type, seen.type),
      text: current?.text ?? null,
      editedAt: current === null || current.at === 0 ? null : current.at,
      revokedAt: mergeRevoked(known.revokedAt, seen.revokedAt),
      status: mergeStatus(known.status, seen.status),
      forwarded: known.forwarded || seen.forwarded,
      extra: mergeExtra(known.extra, seen.extra),
    },
    past,
  };
}

function versionOf(state: MessageState): TextVersion | null {
  return state.text === null ? null : { at: state.editedAt ?? 0, text: state.text };
}

/** Timestamps from the server beat local ones; of two alike the earlier, because relays only delay. */
function mergeTime(a: MessageState, b: MessageState): Pick<MessageState, 'sentAt' | 'localTime'> {
  if (a.localTime !== b.localTime) {
    const server = a.localTime ? b : a;
    return { sentAt: server.sentAt, localTime: false };
  }
  return { sentAt: Math.min(a.sentAt, b.sentAt), localTime: a.localTime };
}

const VAGUENESS: readonly MessageType[] = ['undecryptable', 'other', 'system'];

/** A type that says something beats one that does not. */
export function mergeType(a: MessageType, b: MessageType): MessageType {
  if (a === b) return a;
  const rank = (type: MessageType) => {
    const vague = VAGUENESS.indexOf(type);
    return vague >= 0 ? vague : VAGUENESS.length + messageTypes.indexOf(type);
  };
  return rank(a) > rank(b) ? a : b;
}

/** Once revoked, always revoked; a known time beats an unknown one (0). */
export function mergeRevoked(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return earlier(a === 0 ? null : a, b === 0 ? null : b) ?? 0;
}

export function mergeExtra(a: MessageExtra | null, b: MessageExtra | null): MessageExtra | null {
  if (a === null || b === null) return a ?? b;
  const quoted = pick(a.quoted, b.quoted);
  const mentions = pick(a.mentions, b.mentions);
  const poll = pick(a.poll, b.poll);
  const seconds = greater(a.ephemeralSeconds ?? null, b.ephemeralSeconds ?? null);
  return {
    ...(quoted === undefined ? {} : { quoted }),
    ...(mentions === undefined ? {} : { mentions }),
    ...(poll === undefined ? {} : { poll }),
    ...(seconds === null ? {} : { ephemeralSeconds: seconds }),
  };
}

function pick<T>(a: T | undefined, b: T | undefined): T | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  const left = JSON.stringify(a);
  return fuller(left, JSON.stringify(b)) === left ? a : b;
}

/** Field by field: one engine knows the size, the other the path. */
export function mergeMedia(a: Media | null, b: Media | null): Media | null {
  if (a === null || b === null) return a ?? b;
  const merged: Record<string, string | number> = { ...a };
  for (const [key, value] of Object.entries(b)) {
    const known = merged[key];
    if (known === undefined || known === value) merged[key] = value;
    else if (typeof value === 'number') merged[key] = Math.max(value, Number(known));
    else merged[key] = fuller(String(known), value) ?? value;
  }
  return merged as Media;
}

/** The optional parts of an observation, with fixed key order so that equal parts have equal JSON. */
export function extraOf(seen: MessageObservation): MessageExtra | null {
  if (
    seen.quoted === undefined &&
    seen.poll === undefined &&
    seen.ephemeralSeconds === undefined &&
    (seen.mentions === undefined || seen.mentions.length === 0)
  )
    return null;
  return {
    ...(seen.quoted === undefined ? {} : { quoted: seen.quoted }),
    ...(seen.mentions === undefined || seen.mentions.length === 0 ? {} : { mentions: seen.mentions }),
    ...(seen.poll === undefined ? {} : { poll: seen.poll }),
    ...(seen.ephemeralSeconds === undefined ? {} : { ephemeralSeconds: seen.ephemeralSeconds }),
  };
}

/** An observation as state; a text of no characters says nothing. */
export function stateOf(seen: MessageObservation): MessageState {
  return {
    sentAt: seen.sentAt,
    localTime: seen.via === 'echo',
    type: seen.type,
    text: seen.text === undefined || seen.text === '' ? null : seen.text,
    editedAt: seen.editedAt ?? null,
    revokedAt: seen.revoked === true ? 0 : null,
    status: seen.status ?? null,
    forwarded: seen.forwarded ?? false,
    extra: extraOf(seen),
  };
}
