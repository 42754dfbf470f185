import assert from 'node:assert/strict';
import type { EngineName } from '#engines/contract/capability.ts';
import type { CommandHandlers, CommandName } from '#engines/contract/command.ts';
import type { Observation } from '#engines/contract/observation.ts';
import type { History } from '#history/contracts/history.ts';
import type { JobItem, JobKind, JobRecord, Json } from '#history/contracts/jobs.ts';
import { type Bench, openBench, silent } from '#history/test-support.ts';
import type { createFixedClock } from '#kernel/clock.ts';
import { TandemError } from '#kernel/errors.ts';
import { systemIds } from '#kernel/ids.ts';
import type { RouterPort } from '#orchestrator/services/ports.ts';
import { createDesk } from '../desk.ts';
import { createJobs, type Jobs } from '../jobs.ts';
import type { Kind } from '../kind.ts';
import type { JobQueue } from '../queue/port.ts';
import { createRunner } from '../runner.ts';
import { createFuse, type Fuse } from './fuse.ts';

export type TestClock = ReturnType<typeof createFixedClock>;

/** What kinds are made of in one life of the process; every call through it may be the last. */
export interface Ports {
  readonly history: History;
  readonly router: RouterPort;
  readonly jobs: Jobs;
  readonly clock: TestClock;
  /** Of the world; removed with it. */
  readonly folder: string;
  /** Lets any other port die with the process. */
  readonly mortal: Fuse['wrap'];
}

export interface Asked {
  readonly capability: CommandName;
  readonly input: unknown;
}

/** A real store, the real runner and front, an engine that answers as told, a clock that stands still, and no queue. */
export interface JobWorld {
  readonly history: History;
  readonly folder: string;
  readonly clock: TestClock;
  /** What engines were asked, in order, over all lives. */
  readonly asked: Asked[];
  /** Somebody waits for whom every turn should make room; may be changed at any time. */
  overtaken: boolean;
  /** May be changed at any time; what is absent no engine can do. */
  commands: CommandHandlers;
  learn(observations: readonly Observation[], engine?: EngineName): Promise<void>;
  /** The front of jobs as it is outside of any life. */
  readonly jobs: Jobs;
  start(kind: JobKind, args: Json, owner?: string): Promise<JobRecord>;
  /** A fresh process: what an earlier one held is taken from it. */
  live(dies?: Death): Promise<Life>;
  job(id: string): Promise<JobRecord>;
  items(id: string): Promise<readonly JobItem[]>;
  close(): Promise<void>;
}

/** At the n-th call of a port (from 1) the process is gone: before the call did anything, or just after it had. */
export interface Death {
  readonly at: number;
  readonly when: 'before' | 'after';
}

export interface Life {
  /** One turn; false = nothing is left to do now. Moves the clock to the next turn. */
  turn(id: string, signal?: AbortSignal): Promise<boolean>;
  /** Turns until the job rests or the process dies. */
  run(id: string, maxTurns?: number): Promise<JobRecord>;
  /** Calls of ports so far. */
  calls(): number;
  died(): boolean;
}

export interface JobWorldOptions {
  readonly kinds: (ports: Ports) => readonly Kind[];
  readonly commands?: CommandHandlers;
  readonly turnMs?: number;
}

const MAX_TURNS = 200;
export const ENGINE: EngineName = 'baileys';

export async function createJobWorld(options: JobWorldOptions): Promise<JobWorld> {
  const bench: Bench = await openBench();
  const { clock } = bench;
  const asked: Asked[] = [];
  let lives = 0;

  const portsOf = (fuse: Fuse, jobs: (history: History) => Jobs): Ports => {
    const history = fuse.wrap(bench.history);
    return {
      history,
      router: fuse.wrap(routerOf(() => world.commands, asked)),
      jobs: jobs(history),
      clock,
      folder: bench.folder,
      mortal: fuse.wrap,
    };
  };
  const jobsOf = (history: History, kinds: readonly Kind[]): Jobs => {
    const desk = createDesk({
      store: history.jobs,
      queue: noQueue(),
      laneOf: () => 'actions',
      clock,
      logger: silent,
    });
    return createJobs({ store: history.jobs, kinds, desk, ids: systemIds });
  };
  const build = (fuse: Fuse) => {
    const kinds: Kind[] = [];
    const ports = portsOf(fuse, (history) => jobsOf(history, kinds));
    kinds.push(...options.kinds(ports));
    return { ports, kinds };
  };
  const outside = build(createFuse(null));

  const world: JobWorld = {
    history: bench.history,
    folder: bench.folder,
    clock,
    asked,
    overtaken: false,
    commands: options.commands ?? {},
    jobs: outside.ports.jobs,
    learn: async (observations, engine = ENGINE) => {
      await bench.ingest(observations, engine);
    },
    start: async (kind, args, owner = 'mcp') => (await outside.ports.jobs.start({ kind, args, owner })).job,
    live: async (dies) => {
      lives += 1;
      const holder = `life-${lives}`;
      await bench.history.jobs.interruptAbandoned((other) => other !== holder);
      const fuse = createFuse(dies ?? null);
      const { ports, kinds } = build(fuse);
      const handler = createRunner({
        store: ports.history.jobs,
        kinds,
        holder,
        clock,
        logger: silent,
        onChange: () => undefined,
        isOvertaken: () => world.overtaken,
        ...(options.turnMs === undefined ? {} : { turnMs: options.turnMs }),
      });
      const turn: Life['turn'] = async (id, signal = new AbortController().signal) => {
        try {
          const end = await handler(id, signal, Number.POSITIVE_INFINITY);
          if (end.end === 'again') clock.advance(end.afterMs);
          return end.end === 'again' && !fuse.blown();
        } catch (thrown) {
          if (fuse.blown()) return false;
          throw thrown;
        }
      };
      return {
        turn,
        run: async (id, maxTurns = MAX_TURNS) => {
          for (let left = maxTurns; left > 0; left -= 1) if (!(await turn(id))) return world.job(id);
          return assert.fail('the job does not come to rest');
        },
        calls: fuse.calls,
        died: fuse.blown,
      };
    },
    job: async (id) => {
      const found = await bench.history.jobs.get(id);
      assert.ok(found !== null);
      return found;
    },
    items: (id) => bench.history.jobs.items(id),
    close: () => bench.close(),
  };
  return world;
}

/** One engine that is there and does what it is told to do. */
function routerOf(commands: () => CommandHandlers, asked: Asked[]): RouterPort {
  return {
    call: async (capability, input, { signal } = {}) => {
      const handler = commands()[capability] as
        | ((input: unknown, signal: AbortSignal) => Promise<never>)
        | undefined;
      if (handler === undefined) throw new TandemError('CAPABILITY_UNAVAILABLE');
      asked.push({ capability, input });
      const output = await handler(input, signal ?? new AbortController().signal);
      return { output, engine: ENGINE, attempts: [{ engine: ENGINE, code: null, durationMs: 1 }] };
    },
    routes: () =>
      (Object.keys(commands()) as CommandName[]).map((capability) => ({
        capability,
        candidates: [ENGINE],
        excluded: [],
      })),
    health: () => 'ok',
  };
}

/** Nothing is handed over: the test decides when a turn runs. */
function noQueue(): JobQueue {
  return {
    backend: 'embedded',
    work: () => undefined,
    enqueue: () => Promise.resolve(),
    held: () => Promise.resolve(new Set()),
    remove: () => Promise.resolve(),
    counts: () => assert.fail('nobody asks'),
    health: () => ({ state: 'asleep', error: null, since: 0 }),
    queues: () => Promise.resolve([]),
    onReady: () => () => undefined,
    close: () => Promise.resolve(),
  };
}
