import type { Clock } from '#kernel/clock.ts';
import { type ErrorBody, toErrorBody, toTandemError } from '#kernel/errors.ts';
import type { EngineView } from '#orchestrator/services/ports.ts';
import type { ConsolePorts, ServiceFacts } from '../ports.ts';
import { buildStatus, type StoreFacts } from './build-status.ts';
import { createRateMeter } from './rate.ts';
import type { StatusView } from './status.ts';

export interface StatusSource {
  current(): Promise<StatusView>;
  /** Called with every change, at most once a look. The look-out runs only while somebody subscribes. */
  subscribe(listener: (status: StatusView) => void): () => void;
  close(): void;
}

/** How often a subscriber's status is looked at: quick enough for a QR code, slow enough to cost nothing. */
const LOOK_INTERVAL_MS = 500;

/** While nothing is committed the store is counted this often; a commit makes the count stale. Never for more than a tenth of the time. */
const OVERVIEW_MAX_AGE_MS = 2_000;
const OVERVIEW_REST_FACTOR = 10;

export function createStatusSource(ports: ConsolePorts, facts: ServiceFacts, clock: Clock): StatusSource {
  const rate = createRateMeter();
  let stale = false;
  const offStored = ports.onStored((messages) => {
    stale = true;
    rate.add(messages, clock.now());
  });
  const listeners = new Set<(status: StatusView) => void>();
  let counted: Counted | null = null;
  let counting: Promise<Counted> | null = null;
  let timer: NodeJS.Timeout | null = null;
  let last = '';

  async function count(): Promise<Counted> {
    const startedAt = clock.now();
    stale = false;
    const outcome = await readStore(ports);
    const endedAt = clock.now();
    const restUntilMs = endedAt + (endedAt - startedAt) * OVERVIEW_REST_FACTOR;
    return { ...outcome, restUntilMs, freshUntilMs: Math.max(restUntilMs, endedAt + OVERVIEW_MAX_AGE_MS) };
  }

  async function store(): Promise<Counted> {
    const now = clock.now();
    if (counted !== null && now < (stale ? counted.restUntilMs : counted.freshUntilMs)) return counted;
    counting ??= count().finally(() => {
      counting = null;
    });
    counted = await counting;
    return counted;
  }

  async function current(): Promise<StatusView> {
    const known = await store();
    const engines = ports.engines();
    return buildStatus({
      ...facts,
      engines,
      pending: engines.reduce((sum, view) => sum + backlog(view, ports), 0),
      store: known.store,
      storeError: known.error,
      messagesPerSecond: Math.round(rate.perSecond(clock.now()) * 10) / 10,
      sessions: ports.sessions(),
    });
  }

  async function look(): Promise<void> {
    const status = await current();
    const text = JSON.stringify(status);
    if (text !== last) {
      last = text;
      for (const listener of listeners) listener(status);
    }
    timer = listeners.size === 0 ? null : setTimeout(() => void look(), LOOK_INTERVAL_MS);
  }

  return {
    current,
    subscribe: (listener) => {
      listeners.add(listener);
      timer ??= setTimeout(() => void look(), LOOK_INTERVAL_MS);
      return () => {
        listeners.delete(listener);
      };
    },
    close: () => {
      offStored();
      listeners.clear();
      if (timer !== null) clearTimeout(timer);
      timer = null;
    },
  };
}

/** Entries that the engine told of and that are not in the store yet. */
function backlog({ engine, status }: EngineView, ports: ConsolePorts): number {
  if (status === null) return 0;
  const committed = ports.committed(engine);
  if (committed === null || committed.outboxId !== status.outbox.id) return status.outbox.entries;
  return Math.max(0, status.outbox.lastSeq - committed.seq);
}

interface StoreOutcome {
  readonly store: StoreFacts | null;
  readonly error: ErrorBody | null;
}

interface Counted extends StoreOutcome {
  readonly restUntilMs: number;
  readonly freshUntilMs: number;
}

/** A store that cannot be read is a fact to show, not a page that fails. */
async function readStore(ports: ConsolePorts): Promise<StoreOutcome> {
  try {
    const [overview, contributions] = await Promise.all([ports.overview(), ports.contributions()]);
    return { store: { overview, contributions }, error: null };
  } catch (thrown) {
    return { store: null, error: toErrorBody(toTandemError(thrown)) };
  }
}
