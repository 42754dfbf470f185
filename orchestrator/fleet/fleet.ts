import { fileURLToPath } from 'node:url';
import type { EngineName } from '#engines/contract/capability.ts';
import type { Clock } from '#kernel/clock.ts';
import type { Config } from '#kernel/config.ts';
import { TandemError } from '#kernel/errors.ts';
import type { IdSource } from '#kernel/ids.ts';
import type { Logger } from '#kernel/logger.ts';
import { LEAN_NODE_FLAGS } from '#kernel/node-flags.ts';
import { startEngineChild } from './child.ts';
import { elsewhereOf } from './elsewhere.ts';
import { engineEnvironment } from './environment.ts';
import { createRemoteSupervisor } from './remote.ts';
import { createSupervisor, type Supervisor } from './supervisor.ts';

/** All engines of this service, in order of preference: processes of its own, or elsewhere. */
export interface Fleet {
  readonly supervisors: readonly Supervisor[];
  /** Throws CAPABILITY_UNAVAILABLE for an engine that is not configured. */
  supervisor(engine: EngineName): Supervisor;
  /** Starts all; never waits for an engine and never fails because of one. */
  start(): void;
  stop(): Promise<void>;
}

export interface FleetDeps {
  readonly config: Config;
  readonly ids: IdSource;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Environment to hand on; that of this process by default. */
  readonly env?: NodeJS.ProcessEnv;
  /** Takes the log lines of the engines; stderr by default. */
  readonly forwardLog?: (line: string) => void;
  readonly random?: () => number;
}

const SECRET_BYTES = 32;

/** The first sync streams through baileys and wants a wide young space; the history of webjs stays in its browser. */
const NODE_FLAGS: Readonly<Record<EngineName, readonly string[]>> = { baileys: [], webjs: LEAN_NODE_FLAGS };

function entryOf(engine: EngineName): string {
  return fileURLToPath(new URL(`../../engines/${engine}/main.mjs`, import.meta.url));
}

/** Throws CONFIG_INVALID for an engine elsewhere without a usable address or secret. */
export function createFleet(deps: FleetDeps): Fleet {
  const { config, clock, logger } = deps;
  const env = deps.env ?? process.env;
  const random = deps.random ?? Math.random;
  const forwardLog = deps.forwardLog ?? ((line: string) => void process.stderr.write(`${line}\n`));
  const supervisors = config.engines.map((engine) => {
    const elsewhere = elsewhereOf(engine, config, env);
    if (elsewhere !== null) {
      const restartTimeoutMs = config.engineStartTimeoutMs;
      return createRemoteSupervisor({ engine, elsewhere, restartTimeoutMs, clock, logger, random });
    }
    return createSupervisor({
      engine,
      launch: (secret) =>
        startEngineChild({
          engine,
          entry: entryOf(engine),
          nodeFlags: NODE_FLAGS[engine],
          env: engineEnvironment(config, engine, secret, env),
          startTimeoutMs: config.engineStartTimeoutMs,
          logger,
          forwardLog,
        }),
      newSecret: () => deps.ids.hex(SECRET_BYTES),
      clock,
      logger,
      random,
    });
  });
  return {
    supervisors,
    supervisor: (engine) => {
      const found = supervisors.find((one) => one.engine === engine);
      if (found === undefined)
        throw new TandemError('CAPABILITY_UNAVAILABLE', {
          engine,
          message: 'This engine is not configured.',
          details: { configured: config.engines },
        });
      return found;
    },
    start: () => {
      // A failed start is in the view and is repeated by the supervisor.
      for (const one of supervisors) void one.start().catch(() => undefined);
    },
    stop: async () => {
      await Promise.all(supervisors.map((one) => one.stop()));
    },
  };
}
