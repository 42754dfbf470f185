import { setTimeout as delay } from 'node:timers/promises';
import type { StatusBoard } from '#engines/contract/kit/status-board.ts';
import type { Observation } from '#engines/contract/observation.ts';
import type { Outbox } from '#engines/contract/outbox.ts';
import type { SyncProgress } from '#engines/contract/state.ts';
import type { Logger } from '#kernel/logger.ts';
import { createGathering } from './gathering.ts';
import { isIncomplete } from './normalise/chat.ts';
import { observeMessage } from './normalise/message.ts';
import type { AskPage } from './page-helpers.ts';
import type { Teller } from './teller.ts';
import type { Told } from './told.ts';

/** Tells what the page holds once, after linking: people, chats, and every message from the newest to the oldest. */
export interface InitialSync {
  /** True until everything was told. */
  pending(): boolean;
  /** A device was just linked: whatever was told before is another's. */
  begin(): void;
  /** Goes on where it stopped. Throws what the page throws; stops when the signal aborts or the disk refuses. */
  run(signal: AbortSignal): Promise<void>;
  /** People, chats and groups, as far as they changed since they were told. */
  levels(signal: AbortSignal): Promise<PageChats>;
  /** Messages of one chat that lie below what was told. Returns how many came. */
  push(chat: string, signal: AbortSignal): Promise<number>;
}

/** Chats by the page's own ids, the newest first. */
export interface PageChats {
  readonly ids: readonly string[];
  /** Of these the phone is still handing out history. */
  readonly incomplete: readonly string[];
}

export interface InitialSyncDeps {
  readonly ask: AskPage;
  readonly teller: Teller;
  readonly told: Told;
  readonly board: StatusBoard;
  readonly outbox: Pick<Outbox, 'stats'>;
  readonly logger: Logger;
  readonly stallMs?: number;
}

/** Models in one answer of the page: some 100 kB. */
const SLICE_MODELS = 200;
/** Messages in one answer, and how many times the page may go to its disk for them. */
const SLICE_MESSAGES = 200;
const SLICE_LOADS = 30;
/** A page with years on its disk takes its time; whether it hangs is the watchdog's question. */
const DISK_WAIT_MS = 45_000;
/** The page keeps in memory what it was asked for; what lies deeper is fetched page by page when somebody wants it. */
const CHAT_MAX_MESSAGES = 5_000;
/** A consumer that is away: what it has not taken yet need not grow without bound. */
const OUTBOX_MAX_ENTRIES = 10_000;
const OUTBOX_LOOK_MS = 1_000;
/** How often the page is asked whether more history has come, and when the phone has stopped handing it out. */
const PHONE_LOOK_MS = 1_000;
const STALL_MS = 30_000;
/** Chats that are read at the same time. */
const LANES = 4;
const COMPLETE = 100;

export function createInitialSync(deps: InitialSyncDeps): InitialSync {
  const { ask, teller, told, board, outbox, logger, stallMs = STALL_MS } = deps;
  const pending = () => told.mark('initial-sync') !== 'done';
  const show = (change: Partial<SyncProgress>) => board.set({ sync: { ...board.get().sync, ...change } });
  let messages = 0;

  async function room(signal: AbortSignal): Promise<void> {
    while (outbox.stats().entries > OUTBOX_MAX_ENTRIES) await delay(OUTBOX_LOOK_MS, undefined, { signal });
    signal.throwIfAborted();
  }

  async function sliced(
    ids: readonly string[],
    signal: AbortSignal,
    read: (ids: readonly string[]) => Promise<readonly Observation[]>,
  ): Promise<void> {
    for (let at = 0; at < ids.length; at += SLICE_MODELS) {
      await room(signal);
      teller.tell(await read(ids.slice(at, at + SLICE_MODELS)));
    }
  }

  const levels: InitialSync['levels'] = async (signal) => {
    await sliced(await ask('contactIds', undefined, { signal }), signal, async (ids) =>
      teller.contacts((await ask('contacts', { ids }, { signal })).found),
    );
    const chats = await ask('chatIds', undefined, { signal });
    const incomplete: string[] = [];
    const isGroup = (id: string) => id.endsWith('@g.us');
    await sliced(chats.filter(isGroup), signal, async (ids) =>
      teller.groups((await ask('groups', { ids }, { signal })).found),
    );
    await sliced(chats, signal, async (ids) => {
      const { found, broken } = await ask('chats', { ids }, { signal });
      if (broken > 0) logger.debug('chats of the page not readable', { broken });
      incomplete.push(...found.flatMap(incompleteId));
      return teller.chats(found);
    });
    return { ids: chats, incomplete };
  };

  const gathering = createGathering({ teller, told });
  /** Of these the page has more than is told without being asked for. */
  const capped = new Set<string>();
  /** What is told of the chat may wait in the gathering. */
  async function gather(chat: string, signal: AbortSignal): Promise<number> {
    if (capped.has(chat)) return 0;
    let count = 0;
    let before = told.floor(chat);
    while (count < CHAT_MAX_MESSAGES) {
      await room(signal);
      const question = { chat, before, count: SLICE_MESSAGES, loads: SLICE_LOADS };
      const slice = await ask('older', question, { signal, deadlineMs: DISK_WAIT_MS });
      if (slice === null) return count;
      if (slice.oldest === null) break;
      const context = teller.messageContext('push');
      const found = slice.messages
        .map((model) => observeMessage(model, context))
        .filter((one) => one !== null);
      if (!gathering.add(chat, found, slice)) return count;
      count += found.length;
      messages += found.length;
      before = slice.oldest;
      if (slice.exhausted) break;
      if (count >= CHAT_MAX_MESSAGES) capped.add(chat);
    }
    gathering.whole(chat);
    return count;
  }

  const push: InitialSync['push'] = async (chat, signal) => {
    const count = await gather(chat, signal);
    gathering.flush();
    return count;
  };

  /** Some chats at a time: while one waits for the page's disk, another is told. */
  async function gatherAll(chats: readonly string[], signal: AbortSignal): Promise<void> {
    const waiting = chats.values();
    const stop = new AbortController();
    const ended = AbortSignal.any([signal, stop.signal]);
    let done = 0;
    const lane = async () => {
      for (const chat of waiting) {
        await gather(chat, ended);
        done += 1;
        show({
          phase: 'recent',
          percent: Math.floor((COMPLETE * done) / chats.length),
          chats: done,
          messages,
        });
      }
    };
    try {
      await Promise.all(Array.from({ length: LANES }, lane));
    } finally {
      stop.abort();
      gathering.flush();
    }
  }

  return {
    pending,
    begin: () => {
      told.clear();
      messages = 0;
      show({ phase: 'waiting', percent: null, chats: 0, messages: 0 });
    },
    levels,
    push,
    run: async (signal) => {
      if (!pending()) return show({ phase: 'done', percent: COMPLETE });
      show({ phase: 'bootstrap', percent: 0 });
      let { ids: chats, incomplete } = await levels(signal);
      teller.tell([{ kind: 'history-progress', phase: 'bootstrap', percent: COMPLETE, complete: true }]);
      await gatherAll(
        chats.filter((chat) => !told.isWhole(chat)),
        signal,
      );
      for (let endMs = performance.now() + stallMs; incomplete.length > 0 && performance.now() < endMs; ) {
        await delay(PHONE_LOOK_MS, undefined, { signal });
        const before = messages;
        for (const chat of incomplete) await push(chat, signal);
        ({ ids: chats, incomplete } = await levels(signal));
        for (const chat of chats) if (!told.isWhole(chat)) await push(chat, signal);
        show({ phase: 'recent', percent: null, chats: chats.length, messages });
        if (messages > before) endMs = performance.now() + stallMs;
      }
      teller.tell([{ kind: 'history-progress', phase: 'full', percent: COMPLETE, complete: true }]);
      told.setMark('initial-sync', 'done');
      show({ phase: 'done', percent: COMPLETE });
      teller.reportOddities();
    },
  };
}

function incompleteId(model: unknown): readonly string[] {
  const { id } = (model ?? {}) as { id?: unknown };
  return typeof id === 'string' && isIncomplete(model) ? [id] : [];
}
