import { z } from 'zod';
import { carriesFile, fileTypes, secondsSchema } from '#engines/contract/message.ts';
import type { History } from '#history/contracts/history.ts';
import type { ItemChange, JobItem, Json } from '#history/contracts/jobs.ts';
import type { MessageRecord } from '#history/contracts/records.ts';
import { type ErrorCode, TandemError } from '#kernel/errors.ts';
import { MILLISECONDS_PER_SECOND } from '#kernel/limits.ts';
import type { MediaLibrary } from '#orchestrator/services/media/library.ts';
import { defineKind, type Kind, type TurnContext, type TurnResult } from '../kind.ts';
import { laneOf } from './lanes.ts';
import { troubleOf } from './trouble.ts';

export const FETCH_FILES_MAX = 10_000;

export const fetchMediaArgsSchema = z.strictObject({
  /** JID; null = every chat. */
  chat: z.string().nullable(),
  /** Sent at or after, seconds. */
  since: secondsSchema.nullable(),
  /** Sent before, seconds. */
  until: secondsSchema.nullable(),
  /** Null = files of every type. */
  types: z.array(z.enum(fileTypes)).min(1).nullable(),
  /** The newest so many. */
  maxFiles: z.int().min(1).max(FETCH_FILES_MAX),
});
export type FetchMediaArgs = z.output<typeof fetchMediaArgsSchema>;

export interface FetchMediaDeps {
  readonly history: Pick<History, 'messages' | 'chats'>;
  readonly media: Pick<MediaLibrary, 'get' | 'has'>;
  /** Larger files are left out. */
  readonly maxBytes: number;
}

/** How the fetching of one file ended; other failures are told by their code. */
type Outcome =
  | 'downloaded'
  | 'recovered'
  | 'already-there'
  | 'not-on-phone'
  | 'no-answer-from-phone'
  | 'expired'
  | 'message-gone'
  | ErrorCode;

interface Facts {
  /** Key of the oldest message that was looked at; null = none yet. */
  readonly plannedTo: number | null;
  readonly planned: boolean;
  readonly bytes: number;
  readonly outcomes: Readonly<Record<string, number>>;
}

const PAGE_MESSAGES = 200;
const RATE_REST_MS = 5_000;
/** Nothing that could be fetched, now or later. */
const NOTHING_TO_FETCH: readonly ErrorCode[] = [
  'NO_MEDIA_CONTENT',
  'MEDIA_METADATA_MISSING',
  'FILE_TOO_LARGE',
];

/** Fetches files that are not on the disk yet, newest first; the phone is asked for those that the media host has dropped. */
export function fetchMediaKind(deps: FetchMediaDeps): Kind<typeof fetchMediaArgsSchema> {
  return defineKind({
    kind: 'fetch-media',
    lane: laneOf['fetch-media'],
    args: fetchMediaArgsSchema,
    turn: (context, args) => createRun(deps, context, args).work(),
  });
}

function createRun(deps: FetchMediaDeps, context: TurnContext, args: FetchMediaArgs) {
  const { history, media } = deps;
  const { job, items, signal, isOver } = context;
  let facts: Facts = (job.facts as unknown as Facts | null) ?? {
    plannedTo: null,
    planned: false,
    bytes: 0,
    outcomes: {},
  };

  async function tell(change: Partial<Facts> = {}): Promise<void> {
    facts = { ...facts, ...change };
    const ended = Object.values(facts.outcomes).reduce((all, count) => all + count, 0);
    const counts = await items.counts();
    const total = Object.values(counts).reduce((all, count) => all + count, 0);
    await context.save({ done: ended, total, facts: { ...facts } });
  }

  /** Counts anew: what a killed turn had done is in the items only. */
  function tally(all: readonly JobItem[]): Pick<Facts, 'bytes' | 'outcomes'> {
    const outcomes: Record<string, number> = {};
    let bytes = 0;
    for (const { state, reason, result } of all) {
      if (state === 'queued' || state === 'running') continue;
      outcomes[reason ?? state] = (outcomes[reason ?? state] ?? 0) + 1;
      bytes += bytesIn(result);
    }
    return { bytes, outcomes };
  }

  async function plan(all: readonly JobItem[]): Promise<void> {
    const chat = args.chat === null ? null : await history.chats.byJid(args.chat);
    if (args.chat !== null && chat === null) throw new TandemError('CHAT_NOT_FOUND');
    const known = new Set(all.map(({ messageKey }) => messageKey));
    while (!facts.planned && !isOver()) {
      await context.look();
      const page = await history.messages.list({
        order: 'newest',
        limit: PAGE_MESSAGES,
        types: args.types ?? [...fileTypes],
        ...(chat === null ? {} : { chatId: chat.id }),
        ...(args.since === null ? {} : { since: args.since }),
        ...(args.until === null ? {} : { until: args.until }),
        ...(facts.plannedTo === null ? {} : { after: facts.plannedTo }),
      });
      const room = args.maxFiles - known.size;
      const fresh = (await missing(page.items.filter(({ key }) => !known.has(key)))).slice(0, room);
      if (fresh.length > 0) await items.add(fresh.map(({ key }) => ({ chatId: null, messageKey: key })));
      for (const { key } of fresh) known.add(key);
      const planned = page.next === null || known.size >= args.maxFiles;
      await tell({ plannedTo: page.items.at(-1)?.key ?? facts.plannedTo, planned });
    }
  }

  async function missing(page: readonly MessageRecord[]): Promise<readonly MessageRecord[]> {
    const found: MessageRecord[] = [];
    for (const record of page) {
      if (record.revokedAt === null && carriesFile(record.type) && !(await media.has(record)))
        found.push(record);
    }
    return found;
  }

  async function fetchOne(item: JobItem): Promise<TurnResult | null> {
    const record = item.messageKey === null ? null : await history.messages.get(item.messageKey);
    if (record === null) return end(item, { state: 'skipped' }, 'message-gone');
    try {
      const request = { maxBytes: deps.maxBytes, save: true, recover: true };
      const file = await media.get(record, request, signal);
      const outcome = file.cached ? 'already-there' : file.recovered ? 'recovered' : 'downloaded';
      return await end(item, { state: 'done', result: { bytes: file.content.byteLength } }, outcome);
    } catch (thrown) {
      if (thrown instanceof TandemError) {
        const { code, retryAfterSeconds } = thrown;
        if (code === 'DOWNLOAD_RATE_LIMITED') {
          const told = retryAfterSeconds === null ? null : retryAfterSeconds * MILLISECONDS_PER_SECOND;
          return { state: 'again', afterMs: told ?? RATE_REST_MS, reason: 'downloads-per-minute' };
        }
        // No file after this one fits either.
        if (code === 'MEDIA_QUOTA_EXCEEDED') throw thrown;
        if (code === 'MEDIA_EXPIRED') return end(item, { state: 'failed' }, whatPhoneSaid(thrown));
        if (NOTHING_TO_FETCH.includes(code)) return end(item, { state: 'skipped' }, code);
      }
      const trouble = troubleOf(thrown, signal);
      if (trouble.is === 'rest') return { state: 'again', afterMs: trouble.afterMs, reason: trouble.reason };
      return end(item, { state: 'failed' }, trouble.code);
    }
  }

  async function end({ n }: JobItem, change: ItemChange, outcome: Outcome): Promise<null> {
    await items.save(n, { ...change, reason: outcome });
    const outcomes = { ...facts.outcomes, [outcome]: (facts.outcomes[outcome] ?? 0) + 1 };
    await tell({ outcomes, bytes: facts.bytes + bytesIn(change.result ?? null) });
    return null;
  }

  async function conclude(): Promise<TurnResult> {
    const all = await items.list();
    const { bytes, outcomes } = tally(all);
    const failed = all.filter(({ state }) => state === 'failed').length;
    const result: Json = { files: all.length, bytes, outcomes, failed };
    return { state: 'completed', result, ...(failed === 0 ? {} : { reason: 'some-failed' }) };
  }

  return {
    work: async (): Promise<TurnResult> => {
      const known = await items.list();
      facts = { ...facts, ...tally(known) };
      await plan(known);
      for (const item of await items.list({ states: ['queued', 'running'] })) {
        if (isOver()) return { state: 'again', afterMs: 0 };
        await context.look();
        const rest = await fetchOne(item);
        if (rest !== null) return rest;
      }
      return facts.planned ? conclude() : { state: 'again', afterMs: 0 };
    },
  };
}

function whatPhoneSaid({ details }: TandemError): Outcome {
  if (details?.phone === 'lost') return 'not-on-phone';
  return details?.phone === 'silent' ? 'no-answer-from-phone' : 'expired';
}

function bytesIn(result: Json): number {
  const { bytes } = (result ?? {}) as { readonly bytes?: number };
  return bytes ?? 0;
}
