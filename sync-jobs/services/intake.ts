import { setTimeout as sleep } from 'node:timers/promises';
import type { EngineName } from '#engines/contract/capability.ts';
import { type ErrorCode, toTandemError } from '#kernel/errors.ts';
import type { FleetPort, IngestPort, TakenIn } from '#orchestrator/services/ports.ts';
import { compact } from '#orchestrator/services/reply.ts';

/** What came into the store during the call, and what engines still hold. */
export interface IntakeReport {
  /** Nothing that an engine held when the call came is outside of the store. */
  readonly complete: boolean;
  readonly messages_added: number;
  readonly messages_deduplicated: number;
  /** Known messages that learned something new. */
  readonly messages_enriched: number;
  /** Observations that could not be read and were set aside. */
  readonly messages_skipped: number;
  readonly engines: readonly EngineIntake[];
}

export interface EngineIntake {
  readonly engine: EngineName;
  readonly complete: boolean;
  /** Of what it held when the call came. */
  readonly waiting_batches: number;
  /** Why it is not complete; absent while it is only a matter of time. */
  readonly code?: ErrorCode;
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
}

const LOOK_EVERY_MS = 100;
const LOOKS_PER_SECOND = 10;

/** What an engine held when it was asked; a code says why that is not known. */
type Held =
  | { readonly engine: EngineName; readonly outboxId: string; readonly lastSeq: number }
  | { readonly engine: EngineName; readonly code: ErrorCode };

export function createIntake({ fleet, ingest }: IntakeDeps): Intake {
  const ask = async (engine: EngineName, signal?: AbortSignal): Promise<Held> => {
    try {
      const { id, lastSeq } = await ingest.holds(engine, signal);
      return { engine, outboxId: id, lastSeq };
    } catch (thrown) {
      return { engine, code: toTandemError(thrown).code };
    }
  };

  const stateOf = (held: Held): EngineIntake => {
    const { engine } = held;
    if ('code' in held) return { engine, complete: false, waiting_batches: 0, code: held.code };
    const own = ingest.takenIn().find((one) => one.engine === engine);
    const committed = own?.outboxId === held.outboxId ? own.committedSeq : 0;
    const left = Math.max(0, held.lastSeq - committed);
    return compact({ engine, complete: left === 0, waiting_batches: left, code: own?.error?.code });
  };

  return {
    settle: async (waitSeconds, { signal, onStep } = {}) => {
      const sum = { messages_added: 0, messages_deduplicated: 0, messages_enriched: 0 };
      const before = quarantinedOf(ingest.takenIn());
      const stop = ingest.onIngested(({ report }) => {
        sum.messages_added += report.messagesAdded;
        sum.messages_deduplicated += report.messagesDeduplicated;
        sum.messages_enriched += report.messagesEnriched;
      });
      try {
        const held = await Promise.all(fleet.engines().map(({ engine }) => ask(engine, signal)));
        let engines = held.map(stateOf);
        for (let looks = waitSeconds * LOOKS_PER_SECOND; looks > 0; looks -= 1) {
          // An engine that is away brings nothing, however long one waits.
          if (signal?.aborted || engines.every(({ complete, code }) => complete || code !== undefined)) break;
          await sleep(LOOK_EVERY_MS, undefined, signal === undefined ? {} : { signal }).catch(
            () => undefined,
          );
          onStep?.(sum.messages_added + sum.messages_deduplicated);
          engines = held.map(stateOf);
        }
        return {
          complete: engines.every(({ complete }) => complete),
          ...sum,
          messages_skipped: quarantinedOf(ingest.takenIn()) - before,
          engines,
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
