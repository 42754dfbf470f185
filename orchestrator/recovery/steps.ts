import type { Capability, EngineName } from '#engines/contract/capability.ts';
import type { EngineClient } from '#engines/contract/client.ts';
import { type EngineLevel, type EngineStatus, isConnected } from '#engines/contract/state.ts';
import { type ErrorCode, TandemError, toTandemError } from '#kernel/errors.ts';
import { pause } from '../pause.ts';
import { codeOfLevel } from '../routing/policy.ts';
import type { EngineView, RecoveryMode, RecoveryRequest } from '../services/ports.ts';

export interface RecoveryStepsDeps {
  readonly engines: () => readonly EngineView[];
  /** Null while the process does not run. */
  readonly client: (engine: EngineName) => EngineClient | null;
  /** Counts the processes of an engine. */
  readonly generation: (engine: EngineName) => number;
  /** A fresh process, if that generation still runs; resolves when it answers. */
  readonly restart: (engine: EngineName, generation: number) => Promise<void>;
  /** How long an engine may take to be back; 150 s by default. */
  readonly waitMs?: number;
}

type Step = (request: RecoveryRequest, signal: AbortSignal) => Promise<void>;

/** The command that a mode is made of. */
export const needs: Readonly<Record<RecoveryMode, Capability | null>> = {
  warmup: null,
  reconnect: 'session.reconnect',
  restart: null,
  resync: 'appstate.resync',
};

/** A browser that starts cold and loads its page may take two minutes. */
const WAIT_MS = 150_000;
const LOOK_EVERY_MS = 100;

/** Levels that only a person changes. */
const FOR_A_PERSON: ReadonlySet<EngineLevel> = new Set<EngineLevel>([
  'unlinked',
  'linking',
  'logged-out',
  'conflict',
  'failed',
]);
/** With these the process is as well as it can be: linking is another matter. */
const NOT_LINKED: ReadonlySet<EngineLevel> = new Set<EngineLevel>(['unlinked', 'linking']);

/** The process went away under the command: the supervisor brings it back. */
const DIED: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'ENGINE_UNREACHABLE',
  'ENGINE_STARTING',
  'SHUTTING_DOWN',
  'CONNECTION_LOST',
]);

export function createRecoverySteps(deps: RecoveryStepsDeps): Readonly<Record<RecoveryMode, Step>> {
  const waitMs = deps.waitMs ?? WAIT_MS;

  const statusOf = (engine: EngineName): EngineStatus | null =>
    deps.engines().find((view) => view.engine === engine)?.status ?? null;

  function faceOf(engine: EngineName): EngineClient {
    const face = deps.client(engine);
    if (face === null) throw new TandemError('ENGINE_UNREACHABLE', { engine });
    return face;
  }

  /** Waits until `isBack`; fails early at a level that only a person changes, once the engine has spoken anew. */
  async function wait(
    engine: EngineName,
    before: EngineStatus | null,
    isBack: (status: EngineStatus) => boolean,
    signal: AbortSignal,
  ): Promise<void> {
    for (let waited = 0; waited < waitMs; waited += LOOK_EVERY_MS) {
      if (signal.aborted) throw new TandemError('SHUTTING_DOWN', { engine });
      const status = statusOf(engine);
      const isUp = deps.client(engine) !== null;
      if (status !== null && isUp && isBack(status)) return;
      const isNews = before?.revision !== status?.revision || before?.pid !== status?.pid;
      if (status !== null && isUp && isNews && FOR_A_PERSON.has(status.level))
        throw new TandemError(codeOfLevel(status), { engine });
      await pause(LOOK_EVERY_MS, signal);
    }
    const error = deps.engines().find((view) => view.engine === engine)?.error;
    throw new TandemError(error?.code ?? 'ENGINE_TIMEOUT', { engine, details: { waitedMs: waitMs } });
  }

  const connected = (status: EngineStatus) => isConnected(status.level);

  return {
    warmup: ({ engine }, signal) => wait(engine, null, connected, signal),

    reconnect: async ({ engine }, signal) => {
      const before = statusOf(engine);
      try {
        await faceOf(engine).command('session.reconnect', {}, { signal });
      } catch (thrown) {
        const error = toTandemError(thrown);
        if (signal.aborted || !DIED.has(error.code)) throw error;
      }
      await wait(
        engine,
        before,
        (status) =>
          connected(status) &&
          (status.connectedSinceMs !== before?.connectedSinceMs || status.pid !== before?.pid),
        signal,
      );
    },

    restart: async ({ engine }, signal) => {
      const before = statusOf(engine);
      const generation = deps.generation(engine);
      await deps.restart(engine, generation);
      // Not by pid: in containers every process of an engine has the same.
      await wait(
        engine,
        before,
        (status) =>
          deps.generation(engine) !== generation && (connected(status) || NOT_LINKED.has(status.level)),
        signal,
      );
    },

    resync: async ({ engine, collections }, signal) => {
      const resync = () =>
        faceOf(engine).command(
          'appstate.resync',
          collections === undefined ? {} : { collections: [...collections] },
          { signal },
        );
      try {
        await resync();
      } catch (thrown) {
        const error = toTandemError(thrown);
        if (signal.aborted || !DIED.has(error.code)) throw error;
        await wait(engine, statusOf(engine), connected, signal);
        await resync();
      }
    },
  };
}
