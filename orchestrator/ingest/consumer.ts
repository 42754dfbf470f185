import type { EngineName } from '#engines/contract/capability.ts';
import type { EngineClient } from '#engines/contract/client.ts';
import type { IngestReport, IngestStore } from '#history/contracts/history.ts';
import type { Clock } from '#kernel/clock.ts';
import { type ErrorCode, type TandemError, toTandemError } from '#kernel/errors.ts';
import { INGEST_BATCH_MAX_OBSERVATIONS, OBSERVATION_POLL_WAIT_MS } from '#kernel/limits.ts';
import type { Logger } from '#kernel/logger.ts';
import { createEmitter } from '../emitter.ts';
import { pause } from '../pause.ts';
import { applyEntries } from './apply.ts';
import { draftOf, nothingOf } from './batch.ts';
import { createVoucher } from './voucher.ts';

/**
 * `closed` = it is not known yet whose account the engine is linked to; `open` = ours;
 * `discarding` = another one: read and forget, so that nothing of it enters the history later.
 */
export type Gate = 'closed' | 'open' | 'discarding';

export interface IngestView {
  readonly engine: EngineName;
  readonly gate: Gate;
  readonly outboxId: string | null;
  /** Last outbox entry that is committed. */
  readonly committedSeq: number;
  readonly batches: number;
  readonly messagesAdded: number;
  readonly messagesDeduplicated: number;
  /** Observations set aside since the service started. */
  readonly quarantined: number;
  /** Entries of another account that were dropped. */
  readonly discarded: number;
  readonly lastCommitAtMs: number | null;
  /** Why it stands still; null while it does not. */
  readonly error: TandemError | null;
}

export interface Ingested {
  readonly engine: EngineName;
  readonly report: IngestReport;
}

/** Takes what one engine learned into the history: poll, commit data and offset together, poll again (= acknowledge). */
export interface Consumer {
  view(): IngestView;
  attach(generation: number, client: EngineClient): void;
  detach(generation: number): void;
  setGate(gate: Gate): void;
  onIngested(listener: (event: Ingested) => void): () => void;
  /** Ends after the batch under way. */
  stop(): Promise<void>;
}

export interface ConsumerDeps {
  readonly engine: EngineName;
  readonly store: IngestStore;
  readonly clock: Clock;
  readonly logger: Logger;
}

const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 15_000;
/** What reading from an engine that ends, or has ended, comes to. */
const GONE: ReadonlySet<ErrorCode> = new Set(['ENGINE_UNREACHABLE', 'SHUTTING_DOWN']);

export function createConsumer(deps: ConsumerDeps): Consumer {
  const { engine, store, logger } = deps;
  const ingested = createEmitter<Ingested>(logger);
  let view: IngestView = {
    engine,
    gate: 'closed',
    outboxId: null,
    committedSeq: 0,
    batches: 0,
    messagesAdded: 0,
    messagesDeduplicated: 0,
    quarantined: 0,
    discarded: 0,
    lastCommitAtMs: null,
    error: null,
  };
  let source: { readonly generation: number; readonly client: EngineClient } | null = null;
  let voucher = createVoucher(store.durable);
  /** The last answer was full: more waits. */
  let isBehind = false;
  let abort = new AbortController();
  let loop: Promise<void> = Promise.resolve();

  /** Ends the loop under way; a new one starts behind it, so that two never commit at the same time. */
  function renew(): void {
    abort.abort();
    abort = new AbortController();
    if (source === null || view.gate === 'closed') return;
    const { client } = source;
    const { signal } = abort;
    loop = loop.then(() => run(client, signal));
  }

  async function run(client: EngineClient, signal: AbortSignal): Promise<void> {
    let retryMs = FIRST_RETRY_MS;
    view = { ...view, outboxId: null };
    while (!signal.aborted) {
      try {
        await step(client, signal);
        retryMs = FIRST_RETRY_MS;
        if (view.error !== null) view = { ...view, error: null };
      } catch (thrown) {
        if (signal.aborted) return;
        const error = toTandemError(thrown);
        // That an engine goes is told by who watches over it, and no news when it was asked to.
        if (GONE.has(error.code)) logger.debug('nothing to take in', { engine });
        else if (view.error?.code !== error.code) logger.warn('ingest stands still', { engine, error });
        view = { ...view, error };
        await pause(retryMs, signal);
        retryMs = Math.min(2 * retryMs, LONGEST_RETRY_MS);
      }
    }
  }

  async function step(client: EngineClient, signal: AbortSignal): Promise<void> {
    const { outboxId } = view;
    // While there is more to take, the disk works beside the next batch; else the engine shall forget now.
    if (!isBehind) await voucher.settle();
    const answer = await client.observations(
      {
        outbox: outboxId,
        after: voucher.seq(),
        from: view.committedSeq,
        max: INGEST_BATCH_MAX_OBSERVATIONS,
        waitMs: OBSERVATION_POLL_WAIT_MS,
      },
      signal,
    );
    if (answer.outbox !== outboxId) {
      const committedSeq = await store.offset(engine, answer.outbox);
      view = { ...view, outboxId: answer.outbox, committedSeq };
      voucher = createVoucher(store.durable);
      voucher.committed(committedSeq);
      return;
    }
    if (answer.entries.length === 0) {
      isBehind = false;
      return;
    }
    // The gate may have changed while the poll was waiting: what it brought must be judged anew.
    if (signal.aborted) return;
    if (view.gate === 'discarding') {
      const batch = nothingOf(draftOf(engine, outboxId, answer.entries));
      await store.apply(batch);
      view = { ...view, committedSeq: batch.seq, discarded: view.discarded + answer.entries.length };
      voucher.committed(batch.seq);
      logger.warn('observations of another account dropped', { engine, entries: answer.entries.length });
      return;
    }
    await applyEntries({ store, engine, logger }, outboxId, answer.entries, (draft, report) => {
      view = {
        ...view,
        committedSeq: draft.seq,
        batches: view.batches + 1,
        messagesAdded: view.messagesAdded + report.messagesAdded,
        messagesDeduplicated: view.messagesDeduplicated + report.messagesDeduplicated,
        quarantined: view.quarantined + draft.aside.length,
        lastCommitAtMs: deps.clock.now(),
      };
      ingested.emit({ engine, report });
    });
    voucher.committed(view.committedSeq);
    const taken = answer.entries.reduce((sum, { observations }) => sum + observations.length, 0);
    isBehind = taken >= INGEST_BATCH_MAX_OBSERVATIONS / 2;
  }

  return {
    view: () => view,
    attach: (generation, client) => {
      source = { generation, client };
      renew();
    },
    detach: (generation) => {
      if (source?.generation !== generation) return;
      source = null;
      renew();
    },
    setGate: (gate) => {
      if (gate === view.gate) return;
      view = { ...view, gate };
      renew();
    },
    onIngested: ingested.on,
    stop: async () => {
      source = null;
      renew();
      await loop;
    },
  };
}
