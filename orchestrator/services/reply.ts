import type { EngineName } from '#engines/contract/capability.ts';
import type { CallOutcome } from './ports.ts';

/**
 * What a service answers. `data` has the public field names: times as ISO 8601, people and chats as JIDs,
 * absent = unknown or none; never an id of the store. Requests use the same names, so that a tool or a
 * JSON route passes both through.
 */
export interface Reply<T> {
  readonly data: T;
  readonly meta?: ReplyMeta;
  /** One sentence of words and counts; never text of a message. */
  readonly summary?: string;
  readonly images?: readonly Block[];
  readonly audio?: readonly Block[];
}

export interface Block {
  readonly mimeType: string;
  readonly base64: string;
}

export interface ReplyMeta {
  readonly engine?: EngineName;
  /** Whose turn it was, when another engine had to answer instead. */
  readonly routed_from?: EngineName;
  readonly attempts?: number;
  readonly degraded?: boolean;
  /** `engine: CODE`, or a code of its own. */
  readonly degraded_reason?: string;
  /** When the store last took something in. */
  readonly freshness?: string;
}

/** Which engine served, how many were asked, and who should have served. */
export function servedBy({
  engine,
  attempts,
  passedOver,
}: Pick<CallOutcome<unknown>, 'engine' | 'attempts' | 'passedOver'>): ReplyMeta {
  const missing = passedOver ?? attempts.find(({ code }) => code !== null);
  if (missing === undefined) return { engine, attempts: attempts.length };
  return compact({
    engine,
    routed_from: missing.engine === engine ? undefined : missing.engine,
    attempts: attempts.length,
    degraded: true,
    degraded_reason: `${missing.engine}: ${missing.code}`,
  });
}

/** Drops what is undefined, so that optional fields are absent instead. */
export function compact<T extends object>(fields: T): { [K in keyof T]: T[K] } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}
