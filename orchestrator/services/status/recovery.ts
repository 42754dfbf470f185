import type { EngineName } from '#engines/contract/capability.ts';
import type { appStateCollections } from '#engines/contract/command.ts';
import { type ErrorBody, type ErrorCode, fromErrorBody, TandemError, toTandemError } from '#kernel/errors.ts';
import { MILLISECONDS_PER_SECOND } from '#kernel/limits.ts';
import type { ServiceContext } from '../context.ts';
import { chosenEngines } from '../linking/choose-engine.ts';
import { waitUntil } from '../linking/wait.ts';
import type { Recovery, RecoveryMode, RecoveryRequest } from '../ports.ts';
import type { Times } from '../present/times.ts';
import { compact, type Reply } from '../reply.ts';

export interface PublicRecovery {
  readonly job_id: string;
  readonly engine: EngineName;
  readonly mode: RecoveryMode;
  readonly state: Recovery['state'];
  readonly started_at: string;
  readonly ended_at?: string;
  readonly error?: ErrorBody;
}

export interface StartedRecovery {
  readonly job_id: string;
  /** `started` = under way; backend_status shows how it ends. */
  readonly status: 'started' | 'done';
  readonly engine: EngineName;
  readonly mode: RecoveryMode;
}

export interface StartedResync extends StartedRecovery {
  /** All that were started, the first included. */
  readonly jobs: StartedRecovery[];
  readonly not_started?: { readonly engine: EngineName; readonly code: ErrorCode }[];
}

export const restartModes = ['warmup', 'reconnect', 'restart'] as const;

export interface RestartRequest {
  readonly engine: EngineName;
  readonly mode: (typeof restartModes)[number];
  /** How long to wait for the end. */
  readonly wait_seconds: number;
}

export interface ResyncRequest {
  /** All of them when absent. */
  readonly engine?: EngineName | undefined;
  readonly collections?: readonly (typeof appStateCollections)[number][] | undefined;
  readonly wait_seconds: number;
}

/** Brings engines back on request. Errors: VALIDATION_ERROR, RECOVERY_IN_PROGRESS, COOLDOWN_ACTIVE, CAPABILITY_UNAVAILABLE; and of what ended while waiting, ENGINE_START_FAILED. */
export interface Recoveries {
  restart(request: RestartRequest, signal?: AbortSignal): Promise<Reply<StartedRecovery>>;
  resync(request: ResyncRequest, signal?: AbortSignal): Promise<Reply<StartedResync>>;
}

export function presentRecovery(recovery: Recovery, times: Times): PublicRecovery {
  const { id, engine, mode, state, startedAtMs, endedAtMs, error } = recovery;
  return compact({
    job_id: id,
    engine,
    mode,
    state,
    started_at: times.isoMs(startedAtMs),
    ended_at: endedAtMs === null ? undefined : times.isoMs(endedAtMs),
    error: error ?? undefined,
  });
}

export function createRecoveries({ fleet, recovery }: ServiceContext): Recoveries {
  const latest = (started: Recovery) => recovery.list().find(({ id }) => id === started.id) ?? started;

  /** Throws what it ended with, if it ended badly within the time. */
  const follow = async (
    started: readonly Recovery[],
    waitSeconds: number,
    signal?: AbortSignal,
  ): Promise<StartedRecovery[]> => {
    const running = () => started.some((one) => latest(one).state === 'running');
    await waitUntil(() => !running(), waitSeconds * MILLISECONDS_PER_SECOND, signal);
    return started.map((one) => {
      const { id, engine, mode, state, error } = latest(one);
      if (error !== null) throw withJob(error, id);
      return { job_id: id, status: state === 'running' ? 'started' : 'done', engine, mode };
    });
  };

  return {
    restart: async ({ engine, mode, wait_seconds }, signal) => {
      chosenEngines(fleet, engine);
      const [job] = await follow([recovery.start({ engine, mode })], wait_seconds, signal);
      if (job === undefined) throw new TandemError('NO_HEALTHY_ENGINE');
      return { data: job, summary: summaryOf([job]) };
    },

    resync: async ({ engine: chosen, collections, wait_seconds }, signal) => {
      const started: Recovery[] = [];
      const refused: TandemError[] = [];
      const not_started: { engine: EngineName; code: ErrorCode }[] = [];
      for (const { engine } of chosenEngines(fleet, chosen)) {
        const request: RecoveryRequest = {
          engine,
          mode: 'resync',
          ...(collections === undefined ? {} : { collections }),
        };
        try {
          started.push(recovery.start(request));
        } catch (thrown) {
          const error = toTandemError(thrown);
          refused.push(error);
          not_started.push({ engine, code: error.code });
        }
      }
      const jobs = await follow(started, wait_seconds, signal);
      const [first] = jobs;
      if (first === undefined) throw refused[0] ?? new TandemError('NO_HEALTHY_ENGINE');
      return {
        data: compact({ ...first, jobs, not_started: not_started.length === 0 ? undefined : not_started }),
        summary: summaryOf(jobs),
      };
    },
  };
}

function withJob(body: ErrorBody, job: string): TandemError {
  return fromErrorBody({ ...body, details: { ...body.details, job_id: job } });
}

function summaryOf(jobs: readonly StartedRecovery[]): string {
  const running = jobs.filter(({ status }) => status === 'started').length;
  return running === 0 ? 'Done.' : 'Started; backend_status shows how it ends.';
}
