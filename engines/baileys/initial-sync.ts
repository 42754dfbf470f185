import { proto } from '@whiskeysockets/baileys';
import type { StatusBoard } from '#engines/contract/kit/status-board.ts';
import type { Observation } from '#engines/contract/observation.ts';
import type { SyncProgress } from '#engines/contract/state.ts';
import type { Marks } from './marks.ts';

const Type = proto.Message.HistorySyncType;

/** The phone pauses between chunks; after this it has stopped sending. WhatsApp Web waits as long. */
const STALL_MS = 120_000;
/** Small accounts get nothing behind the first chunk. */
const SETTLE_MS = 15_000;
const COMPLETE = 100;

export interface ChunkFacts {
  readonly syncType: number | null;
  /** 0–100; null = not said. */
  readonly percent: number | null;
  readonly chats: Iterable<string>;
  readonly messages: number;
}

/** Follows the history that the phone pushes once, after linking: how far it is, and when it is over. */
export interface InitialSync {
  /** A device was just linked. */
  begin(): void;
  pending(): boolean;
  connected(): void;
  disconnected(): void;
  /** A chunk goes into the outbox now. Returns what to tell the consumer behind it. */
  chunk(facts: ChunkFacts): readonly Observation[];
  /** Looks again whether all is over, for when the last postponed chunk is done. */
  check(): void;
}

export interface InitialSyncDeps {
  readonly board: StatusBoard;
  readonly marks: Marks;
  /** Chunks announced and not yet done. */
  readonly waiting: () => number;
  readonly stallMs?: number;
  readonly settleMs?: number;
}

export function createInitialSync(deps: InitialSyncDeps): InitialSync {
  const { board, marks, waiting, stallMs = STALL_MS, settleMs = SETTLE_MS } = deps;
  const chats = new Set<string>();
  let messages = 0;
  let sawAll = false;
  let isConnected = false;
  let timer: NodeJS.Timeout | null = null;

  const pending = () => marks.get('initial-history') === 'pending';
  const show = (change: Partial<SyncProgress>) => board.set({ sync: { ...board.get().sync, ...change } });
  const stop = () => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
  };
  const done = () => {
    stop();
    if (pending()) marks.set('initial-history', 'done');
    chats.clear();
    show({ phase: 'done', percent: COMPLETE });
    if (board.get().level === 'syncing') board.set({ level: 'ready', reason: 'none' });
  };
  const check = () => {
    if (sawAll && waiting() === 0) done();
  };
  /** Silence says something only of a phone that could speak. */
  const arm = (ms: number) => {
    stop();
    if (!isConnected) return;
    timer = setTimeout(() => {
      sawAll = true;
      check();
    }, ms);
    timer.unref();
  };

  return {
    begin: () => {
      marks.set('initial-history', 'pending');
      chats.clear();
      messages = 0;
      sawAll = false;
      show({ phase: 'waiting', percent: null, chats: 0, messages: 0 });
    },
    pending,
    connected: () => {
      isConnected = true;
      if (!pending()) return show({ phase: 'done', percent: COMPLETE });
      arm(stallMs);
      check();
    },
    disconnected: () => {
      isConnected = false;
      stop();
    },
    check,
    chunk: ({ syncType, percent, chats: seen, messages: added }) => {
      const phase = phaseOf(syncType);
      if (phase === null) return [];
      for (const chat of seen) chats.add(chat);
      messages += added;
      const complete = percent !== null && percent >= COMPLETE;
      if (pending()) {
        show({ phase, percent, chats: chats.size, messages });
        if (complete && phase !== 'bootstrap') sawAll = true;
        arm(complete ? settleMs : stallMs);
      } else show({ chats: Math.max(board.get().sync.chats, chats.size), messages });
      return [{ kind: 'history-progress', phase, percent, complete }];
    },
  };
}

function phaseOf(syncType: number | null): 'bootstrap' | 'recent' | 'full' | null {
  if (syncType === Type.INITIAL_BOOTSTRAP) return 'bootstrap';
  if (syncType === Type.RECENT) return 'recent';
  return syncType === Type.FULL ? 'full' : null;
}
