import { setTimeout as sleep } from 'node:timers/promises';
import type { EngineName } from '#engines/contract/capability.ts';
import type { Clock } from '#kernel/clock.ts';
import type { ErrorCode } from '#kernel/errors.ts';
import type { EngineView, FleetPort, IngestPort, TakenIn } from '#orchestrator/services/ports.ts';
import { compact } from '#orchestrator/services/reply.ts';

/** What came into the store during the call, and what engines still hold. */
export interface IntakeReport {
  /** Nothing that an engine holds is outside of the store. */
  readonly complete: boolean;
  readonly messages_added: number;
  readonly messages_deduplicated: number;
  /** Known messages that learned something new. */
  readonly messages_enriched: number;
  /** Observations that could not be read and were set aside. */
  readonly messages_skipped: number;
  readonly engines: readonly {
    readonly engine: EngineName;
    readonly complete: boolean;
    readonly waiting_batches: number;
    /** Why it is not; absent while it is only a matter of time. */
    readonly code?: ErrorCode;
  }[];
}

/** History is taken in continuously; this waits until everything has been. */
export interface Intake {
  /** Ends when all is in the store, when what is missing will not come soon, after the time, or with the signal. */
  settle(
    waitSeconds: number,
    options?: { readonly signal?: AbortSignal; readonly onStep?: (messages: number) => void },
  ): Promise<IntakeReport>;
}

export interface IntakeDeps {
  readonly fleet: FleetPort;
  readonly ingest: IngestPort;
  readonly clock: Clock;
}

const LOOK_EVERY_MS = 100;
const LOOKS_PER_SECOND = 10;

export function createIntake({ fleet, ingest, clock }: IntakeDeps): Intake {
  const stateOf = (view: EngineView, taken: readonly TakenIn[], sinceMs: number) => {
    const own = taken.find(({ engine }) => engine === view.engine) ?? null;
    const outbox = view.status?.outbox ?? null;
    const code = own?.error?.code ?? view.error?.code ?? (view.reachable ? undefined : 'ENGINE_UNREACHABLE');
    const isFresh = (view.checkedAtMs ?? 0) >= sinceMs;
    const isSame = outbox !== null && outbox.id === own?.outboxId;
    const behind = isSame ? Math.max(0, outbox.lastSeq - own.committedSeq) : (outbox?.entries ?? 0);
    return {
      complete: code === undefined && isFresh && isSame && behind === 0,
      /** An engine that is away brings nothing, however long one waits. */
      hopeless: code !== undefined,
      view: compact({
        engine: view.engine,
        complete: code === undefined && isFresh && isSame && behind === 0,
        waiting_batches: behind,
        code,
      }),
    };
  };

  return {
    settle: async (waitSeconds, { signal, onStep } = {}) => {
      const sinceMs = clock.now();
      const sum = { messages_added: 0, messages_deduplicated: 0, messages_enriched: 0 };
      const before = quarantinedOf(ingest.takenIn());
      const stop = ingest.onIngested(({ report }) => {
        sum.messages_added += report.messagesAdded;
        sum.messages_deduplicated += report.messagesDeduplicated;
        sum.messages_enriched += report.messagesEnriched;
      });
      try {
        const look = () => fleet.engines().map((view) => stateOf(view, ingest.takenIn(), sinceMs));
        let engines = look();
        for (let looks = waitSeconds * LOOKS_PER_SECOND; looks > 0; looks -= 1) {
          if (signal?.aborted || engines.every(({ complete, hopeless }) => complete || hopeless)) break;
          await sleep(LOOK_EVERY_MS, undefined, signal === undefined ? {} : { signal }).catch(
            () => undefined,
          );
          onStep?.(sum.messages_added + sum.messages_deduplicated);
          engines = look();
        }
        return {
          complete: engines.every(({ complete }) => complete),
          ...sum,
          messages_skipped: quarantinedOf(ingest.takenIn()) - before,
          engines: engines.map(({ view }) => view),
        };
      } finally {
        stop();
      }
    },
  };
}

function quarantinedOf(taken: readonly TakenIn[]): number {
  return taken.reduce((sum, { quarantined }) => sum + quarantined, 0);
}
