import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  downloadAndProcessHistorySyncNotification,
  jidNormalizedUser,
  type proto,
  type WAMessage,
} from '@whiskeysockets/baileys';
import { isDiskError } from '#engines/contract/kit/disk-error.ts';
import { toJid, toNumber, toSeconds } from '#engines/contract/kit/scalars.ts';
import type { Self } from '#engines/contract/kit/self.ts';
import type { Sink } from '#engines/contract/kit/sink.ts';
import type { HistoryAnchor } from '#engines/contract/message.ts';
import type { Observation } from '#engines/contract/observation.ts';
import { type Clock, nowSeconds } from '#kernel/clock.ts';
import type { Logger } from '#kernel/logger.ts';
import type { AuthStore } from './auth-store.ts';
import { type HistoryDescriptor, type HistoryJournal, isPage } from './history-journal.ts';
import type { InitialSync } from './initial-sync.ts';
import type { LibraryLogger } from './library-logger.ts';
import {
  type HistoryChunk,
  observeChats,
  observePage,
  observePeople,
  observeStoredMessage,
} from './normalise/history.ts';
import { targetOf } from './normalise/key.ts';
import type { MessageContext } from './normalise/message.ts';
import type { Pages } from './pages.ts';
import type { WASocket } from './socket.ts';
import { storeTcTokens } from './tc-tokens.ts';
import type { Upstream } from './test-server.ts';

/**
 * Turns announcements of history into observations: descriptor on disk (before its acknowledgement, see
 * intake.ts), download, outbox, descriptor gone. A crash anywhere repeats the rest; the store takes
 * repetitions for what they are. So initial chunks, which the phone announces only once, survive a kill too.
 */
export interface HistoryIntake {
  /** Kept on return, and safe from a power cut before it is acknowledged; throws what the disk throws. */
  announce(notification: proto.Message.IHistorySyncNotification): void;
  /** Works on what waits, unless it does so already. */
  wake(): void;
  /** Ends after the slice under way. */
  close(): Promise<void>;
}

export interface HistoryDeps {
  readonly journal: HistoryJournal;
  readonly sink: Sink;
  readonly store: AuthStore;
  readonly initialSync: InitialSync;
  readonly pages: Pages;
  readonly socket: () => WASocket | null;
  readonly self: () => Self;
  readonly upstream: Upstream;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly libraryLogger: LibraryLogger;
  /** The disk refuses: stop listening. */
  readonly onBlocked: (error: unknown) => void;
}

/** Some 20 ms of work: longer would make live messages and health probes wait. */
const SLICE_MESSAGES = 500;
/** Every append waits for the disk (some 10 ms); a page or a small chunk needs one. */
const APPEND_OBSERVATIONS = 5_000;
/** A file of some megabytes; a host that hangs must not hold up the others. */
const DOWNLOAD_TIMEOUT_MS = 60_000;
const FIRST_RETRY_MS = 5_000;
const LAST_RETRY_MS = 300_000;

export function createHistoryIntake(deps: HistoryDeps): HistoryIntake {
  const { journal, sink, store, initialSync, pages, clock, logger } = deps;
  let running: Promise<void> | null = null;
  let closing = false;
  let timer: NodeJS.Timeout | null = null;

  async function work(): Promise<void> {
    while (!closing && !sink.blocked()) {
      const descriptor = journal.next(clock.now());
      if (descriptor === null) return sleepUntilDue();
      try {
        await ingest(descriptor, await download(descriptor.notification));
      } catch (error) {
        if (isDiskError(error)) throw error;
        const delay = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(10, descriptor.attempts));
        logger.warn('history chunk postponed', { attempt: descriptor.attempts + 1, delay, error });
        journal.postpone(descriptor.seq, clock.now() + delay);
      }
    }
  }

  async function download(notification: proto.Message.IHistorySyncNotification): Promise<HistoryChunk> {
    const { dispatcher } = deps.upstream;
    const options = dispatcher === undefined ? {} : ({ dispatcher } as RequestInit);
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => late.reject(new Error('download timed out')), DOWNLOAD_TIMEOUT_MS);
    const work = downloadAndProcessHistorySyncNotification(
      notification as proto.Message.HistorySyncNotification,
      options,
      deps.libraryLogger,
    );
    const data = await Promise.race([work, late.promise]).finally(() => clearTimeout(timer));
    return { ...data, lidPnMappings: data.lidPnMappings ?? [] };
  }

  async function ingest({ seq, notification }: HistoryDescriptor, chunk: HistoryChunk): Promise<void> {
    const requestId = isPage(notification) ? (notification.peerDataRequestSessionId ?? null) : null;
    const context: MessageContext = {
      self: deps.self(),
      via: isPage(notification) ? 'page' : 'push',
      now: nowSeconds(clock),
      ...(requestId === null ? {} : { page: requestId }),
    };
    await keepForLibrary(chunk);
    let waiting: Observation[] = [...observePeople(chunk, context), ...observeChats(chunk, context)];
    let count = 0;
    for (let at = 0; at < chunk.messages.length; at += SLICE_MESSAGES) {
      for (const message of chunk.messages.slice(at, at + SLICE_MESSAGES)) {
        const observed = observeStoredMessage(message, context);
        if (observed[0]?.kind === 'message') count += 1;
        waiting.push(...observed);
      }
      if (waiting.length >= APPEND_OBSERVATIONS) {
        await sink.appendHistory(waiting);
        waiting = [];
      }
      await nextTurn();
      if (closing) return;
    }
    if (requestId === null) {
      waiting.push(
        ...initialSync.chunk({
          syncType: notification.syncType ?? null,
          percent: percentOf(notification.progress),
          chats: chunk.chats.map((chat) => toJid(chat.id)).filter((jid) => jid !== null),
          messages: count,
        }),
      );
      await sink.appendHistory(waiting);
    } else {
      const oldest = oldestOf(chunk.messages, context.self);
      const before = await pages.askedFrom(requestId);
      const page = observePage(chunk, requestId, { messages: count, before, oldest });
      if (page !== null) waiting.push(page);
      pages.answered(requestId, {
        messages: count,
        end: page?.end ?? 'unknown',
        oldest,
        seq: await sink.appendHistory(waiting),
      });
    }
    journal.remove(seq);
    initialSync.check();
    logger.debug('history chunk done', {
      type: notification.syncType,
      chats: chunk.chats.length,
      messages: count,
    });
  }

  /** What the library would have kept, had it processed the chunk itself. */
  async function keepForLibrary({ lidPnMappings = [], chats }: HistoryChunk): Promise<void> {
    const lids = new Map(lidPnMappings.map(({ pn, lid }) => [jidNormalizedUser(pn), jidNormalizedUser(lid)]));
    const live = deps.socket();
    if (live !== null) await live.signalRepository.lidMapping.storeLIDPNMappings([...lidPnMappings]);
    else if (lids.size > 0) {
      const user = (jid: string) => jid.split('@')[0] ?? '';
      const pairs = [...lids].flatMap(([pn, lid]) => [
        [user(pn), user(lid)],
        [`${user(lid)}_reverse`, user(pn)],
      ]);
      await store.set({ 'lid-mapping': Object.fromEntries(pairs) });
    }
    await storeTcTokens(store, [...chats], (jid) => lids.get(jid) ?? jid);
  }

  function sleepUntilDue(): void {
    const { firstDueMs } = journal.waiting();
    if (firstDueMs === null || closing) return;
    if (timer !== null) clearTimeout(timer);
    timer = setTimeout(wake, Math.max(0, firstDueMs - clock.now()));
    timer.unref();
  }

  function wake(): void {
    if (running !== null || closing) return;
    running = work()
      .catch((error: unknown) => {
        logger.warn('history stopped', { error });
        deps.onBlocked(error);
      })
      .finally(() => {
        running = null;
      });
  }

  return {
    announce: (notification) => {
      journal.add(notification);
      // After the caller: the acknowledgement need not wait for the download.
      setImmediate(() => {
        if (running === null) wake();
        else void running.then(wake);
      });
    },
    wake,
    close: async () => {
      closing = true;
      if (timer !== null) clearTimeout(timer);
      await running;
    },
  };
}

function percentOf(progress: unknown): number | null {
  const percent = toNumber(progress);
  return percent === null ? null : Math.min(100, Math.max(0, percent));
}

/** Where the next page continues. */
function oldestOf(messages: readonly WAMessage[], self: Self): HistoryAnchor | null {
  let oldest: HistoryAnchor | null = null;
  for (const message of messages) {
    const target = targetOf(message.key, self, message.participant);
    const sentAt = toSeconds(message.messageTimestamp);
    if (target === null || sentAt === null) continue;
    // Pages list the newest first, so of equal times the later one is the older.
    if (oldest === null || sentAt <= oldest.sentAt) {
      oldest = { id: target.id, fromMe: target.fromMe, sender: target.sender, sentAt };
    }
  }
  return oldest;
}
