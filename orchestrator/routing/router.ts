import { type Capability, capabilities, type EngineName } from '#engines/contract/capability.ts';
import type { EngineClient } from '#engines/contract/client.ts';
import { type CommandInput, type CommandName, commands } from '#engines/contract/command.ts';
import { type Clock, systemClock } from '#kernel/clock.ts';
import { type ErrorCode, TandemError, toTandemError } from '#kernel/errors.ts';
import { type Breakers, SPEAKS_AGAINST } from '../health/breaker.ts';
import { factsOf, healthOf } from '../health/health.ts';
import type { CallOptions, EngineView, Health, RouterPort } from '../services/ports.ts';
import { contest } from './contest.ts';
import { hedgeAfterMs, kindOf, SET_PATIENCE_MS } from './kinds.ts';
import { type Exclusion, type Plan, whyNot } from './policy.ts';
import { createPreference, type RouteTable, type Strategy } from './preference.ts';
import { cannot, withAttempts } from './refusal.ts';
import { createStandings, type Standings } from './standing.ts';

export interface RouterDeps {
  /** Configured engines in order of preference. */
  readonly engines: () => readonly EngineView[];
  /** Null while the engine's process does not run. */
  readonly client: (engine: EngineName) => EngineClient | null;
  readonly breakers: Breakers;
  /** `prefer-first` by default. */
  readonly strategy?: Strategy;
  /** Capability → engine that is asked first; checked before by checkRoutes. */
  readonly routes?: RouteTable;
  readonly standings?: Standings;
  readonly clock?: Clock;
  /** Another engine had to be asked in place of this one. */
  readonly onTrouble?: (engine: EngineName) => void;
}

/** After these nothing has happened yet, so that even a send may go to another engine. */
const NEVER_LEFT: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'NOT_AUTHENTICATED',
  'NOT_CONNECTED',
  'DEVICE_REMOVED',
  'SESSION_REPLACED',
  'ENGINE_STARTING',
  'CAPABILITY_UNAVAILABLE',
  // What one engine has at hand and the other has not.
  'MESSAGE_NOT_FOUND',
  'MEDIA_METADATA_MISSING',
]);

/** Another engine may do better after these. */
const TRY_ANOTHER: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  ...NEVER_LEFT,
  'CONNECTION_LOST',
  'ENGINE_UNREACHABLE',
  'ENGINE_TIMEOUT',
  'ENGINE_PROTOCOL',
  'ENGINE_SECRET_WRONG',
  'SHUTTING_DOWN',
  'INTERNAL_ERROR',
  'WHATSAPP_API_ERROR',
  'MEDIA_DOWNLOAD_FAILED',
  'MEDIA_EXPIRED',
]);

/**
 * Finds an engine for a command: capability → health → breaker → preference. Reads and idempotent commands go on
 * to the next engine, reads also before the first has failed; anything else only while it is proven that nothing left.
 */
export function createRouter(deps: RouterDeps): RouterPort {
  const { engines, client, breakers } = deps;
  const clock = deps.clock ?? systemClock;
  const standings = deps.standings ?? createStandings(clock);
  const preference = createPreference({
    strategy: deps.strategy ?? 'prefer-first',
    routes: deps.routes ?? {},
    standings,
  });
  /** Calls so far, for taking turns. */
  const turns = new Map<Capability, number>();

  function plan(capability: Capability, views: readonly EngineView[], options: CallOptions = {}): Plan {
    const able: EngineName[] = [];
    const excluded: Exclusion[] = [];
    const names = views.map((view) => view.engine);
    const eligible = options.engine === undefined ? preference.eligible(capability, names) : [options.engine];
    for (const view of views) {
      const { engine } = view;
      if (!eligible.includes(engine)) continue;
      const code = whyNot(view, capability);
      const open = code === null ? breakers.openFor(engine, capability) : null;
      if (code !== null) excluded.push({ engine, code });
      else if (open !== null) excluded.push({ engine, ...open });
      else able.push(engine);
    }
    const candidates = preference.order(capability, able, {
      turn: turns.get(capability) ?? 0,
      owner: options.preferred,
      isDegraded: (engine) => healthIn(views, engine) !== 'ok',
    });
    return { candidates, excluded };
  }

  function healthIn(views: readonly EngineView[], engine: EngineName): Health {
    const view = views.find((one) => one.engine === engine);
    if (view === undefined) return 'unreachable';
    return healthOf(factsOf(view, breakers.recentFailures(engine), clock.now())).health;
  }

  async function ask<C extends CommandName>(
    engine: EngineName,
    capability: C,
    input: CommandInput<C>,
    signal: AbortSignal | undefined,
    deadlineMs: number | undefined,
  ) {
    const face = client(engine);
    if (face === null) throw new TandemError('ENGINE_UNREACHABLE', { engine, details: { sent: false } });
    const epoch = breakers.started(engine, capability);
    standings.asked(engine, capability);
    const startedAt = performance.now();
    try {
      const output = await face.command(capability, input, {
        ...(signal === undefined ? {} : { signal }),
        ...(deadlineMs === undefined ? {} : { deadlineMs }),
      });
      breakers.succeeded(engine, capability);
      standings.answered(engine, capability, performance.now() - startedAt);
      return output;
    } catch (thrown) {
      const error = toTandemError(thrown);
      // A caller that went away says nothing about the engine.
      if (signal?.aborted !== true) breakers.failed(engine, capability, error.code, epoch);
      throw error;
    }
  }

  return {
    call: async (capability, input, options: CallOptions = {}) => {
      const views = engines();
      const { candidates, excluded } = plan(capability, views, options);
      if (candidates.length === 0) throw cannot(capability, excluded, views);
      turns.set(capability, (turns.get(capability) ?? 0) + 1);
      const kind = kindOf[capability];
      const outcome = await contest({
        candidates: kind === 'own' ? candidates.slice(0, 1) : candidates,
        ask: (engine, signal, isLast) =>
          ask(engine, capability, input, signal, kind === 'set' && !isLast ? SET_PATIENCE_MS : undefined),
        hedgeAfterMs: (engine) => hedgeAfterMs(capability, standings.usualMs(engine, capability)),
        mayGoOn: (error) => mayGoOn(capability, error),
        passedOver: (engine, waitedMs, error) => {
          if (error !== null && !SPEAKS_AGAINST.has(error.code)) return;
          standings.passedOver(engine, capability, waitedMs);
          deps.onTrouble?.(engine);
        },
        signal: options.signal,
      });
      if ('error' in outcome) throw withAttempts(outcome.error, outcome.attempts);
      return outcome;
    },
    routes: () => {
      const views = engines();
      return capabilities.map((capability) => ({ capability, ...plan(capability, views) }));
    },
    health: (engine) => healthIn(engines(), engine),
  };
}

function mayGoOn(capability: CommandName, error: TandemError): boolean {
  if (commands[capability].idempotent) return TRY_ANOTHER.has(error.code);
  return NEVER_LEFT.has(error.code) || (TRY_ANOTHER.has(error.code) && error.details?.sent === false);
}
