import { type Capability, capabilities, type EngineName } from '#engines/contract/capability.ts';
import type { EngineClient } from '#engines/contract/client.ts';
import { type CommandInput, type CommandName, commands } from '#engines/contract/command.ts';
import { type ErrorCode, TandemError, toTandemError } from '#kernel/errors.ts';
import type { Breakers } from '../health/breaker.ts';
import type { CallAttempt, CallOptions, EngineView, RouterPort } from '../services/ports.ts';
import { type Exclusion, type Plan, whyNot } from './policy.ts';

export interface RouterDeps {
  /** Configured engines in order of preference. */
  readonly engines: () => readonly EngineView[];
  /** Null while the engine's process does not run. */
  readonly client: (engine: EngineName) => EngineClient | null;
  readonly breakers: Breakers;
}

/** Another engine may do better after these. */
const TRY_ANOTHER: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'NOT_AUTHENTICATED',
  'NOT_CONNECTED',
  'CONNECTION_LOST',
  'ENGINE_STARTING',
  'ENGINE_UNREACHABLE',
  'ENGINE_TIMEOUT',
  'ENGINE_PROTOCOL',
  'CAPABILITY_UNAVAILABLE',
  'SHUTTING_DOWN',
  'INTERNAL_ERROR',
]);

/** After these nothing has happened yet, so that even a send may go to another engine. */
const NEVER_LEFT: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'NOT_AUTHENTICATED',
  'NOT_CONNECTED',
  'ENGINE_STARTING',
  'CAPABILITY_UNAVAILABLE',
]);

/**
 * Finds an engine for a command: capability → health → breaker → preference. Reads and idempotent commands go on
 * to the next engine; anything else only while it is proven that nothing left.
 */
export function createRouter({ engines, client, breakers }: RouterDeps): RouterPort {
  function plan(capability: Capability, only?: EngineName): Plan {
    const candidates: EngineName[] = [];
    const excluded: Exclusion[] = [];
    for (const view of engines()) {
      if (only !== undefined && view.engine !== only) continue;
      const code = whyNot(view, capability);
      const open = code === null ? breakers.openFor(view.engine, capability) : null;
      if (code !== null) excluded.push({ engine: view.engine, code });
      else if (open !== null) excluded.push({ engine: view.engine, ...open });
      else candidates.push(view.engine);
    }
    return { candidates, excluded };
  }

  async function ask<C extends CommandName>(
    engine: EngineName,
    capability: C,
    input: CommandInput<C>,
    signal: AbortSignal | undefined,
  ) {
    const face = client(engine);
    if (face === null) throw new TandemError('ENGINE_UNREACHABLE', { engine, details: { sent: false } });
    const epoch = breakers.started(engine, capability);
    try {
      const output = await face.command(capability, input, signal === undefined ? {} : { signal });
      breakers.succeeded(engine, capability);
      return output;
    } catch (thrown) {
      const error = toTandemError(thrown);
      // A caller that went away says nothing about the engine.
      if (signal?.aborted !== true) breakers.failed(engine, capability, error.code, epoch);
      throw error;
    }
  }

  function whoCould(capability: Capability): readonly EngineName[] {
    return engines().flatMap((view) => (view.status?.capabilities.includes(capability) ? [view.engine] : []));
  }

  return {
    call: async (capability, input, options: CallOptions = {}) => {
      const { candidates, excluded } = plan(capability, options.engine);
      const attempts: CallAttempt[] = [];
      let last: TandemError | null = null;
      for (const engine of candidates) {
        const startedAt = performance.now();
        const done = (code: ErrorCode | null) =>
          attempts.push({ engine, code, durationMs: Math.round(performance.now() - startedAt) });
        try {
          const output = await ask(engine, capability, input, options.signal);
          done(null);
          return { output, engine, attempts };
        } catch (thrown) {
          last = toTandemError(thrown);
          done(last.code);
          if (options.signal?.aborted || !mayGoOn(capability, last)) break;
        }
      }
      throw last === null ? cannot(capability, excluded, whoCould(capability)) : withAttempts(last, attempts);
    },
    routes: () =>
      capabilities.map((capability) => {
        const { candidates, excluded } = plan(capability);
        return { capability, candidates, excluded };
      }),
  };
}

function mayGoOn(capability: CommandName, error: TandemError): boolean {
  if (commands[capability].idempotent) return TRY_ANOTHER.has(error.code);
  return NEVER_LEFT.has(error.code) || (TRY_ANOTHER.has(error.code) && error.details?.sent === false);
}

/** Nobody could be asked: the one reason there is, or all of them. */
function cannot(
  capability: Capability,
  excluded: readonly Exclusion[],
  could: readonly EngineName[],
): TandemError {
  const reasons = excluded.map(({ engine, code }) => ({ engine, code }));
  const lacking = excluded.every(({ code }) => code === 'CAPABILITY_UNAVAILABLE');
  if (excluded.length === 0 || lacking) {
    return new TandemError('CAPABILITY_UNAVAILABLE', { details: { capability, engines: reasons, could } });
  }
  const able = excluded.filter(({ code }) => code !== 'CAPABILITY_UNAVAILABLE');
  const [only] = able;
  if (able.length === 1 && only !== undefined) {
    return new TandemError(only.code, {
      engine: only.engine,
      details: { capability, sent: false, engines: reasons },
      ...(only.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: only.retryAfterSeconds }),
    });
  }
  return new TandemError('NO_HEALTHY_ENGINE', { details: { capability, sent: false, engines: reasons } });
}

function withAttempts(error: TandemError, attempts: readonly CallAttempt[]): TandemError {
  if (attempts.length < 2) return error;
  return new TandemError(error.code, {
    message: error.message,
    hint: error.hint,
    details: { ...error.details, attempts },
    cause: error.cause,
    ...(error.engine === null ? {} : { engine: error.engine }),
    ...(error.retryAfterSeconds === null ? {} : { retryAfterSeconds: error.retryAfterSeconds }),
  });
}
