import { type Capability, capabilities, type EngineName } from '#engines/contract/capability.ts';
import { engineMatrix } from '#engines/contract/matrix.ts';
import type { Config } from '#kernel/config.ts';
import { TandemError } from '#kernel/errors.ts';
import { settings } from '#kernel/settings.ts';
import { kindOf } from './kinds.ts';
import type { Standings } from './standing.ts';

export type Strategy = Config['routing'];
export type RouteTable = Config['routes'];

export interface Preference {
  /** Engines that may serve it at all, of those that are configured: all, or the primary one. */
  eligible(capability: Capability, configured: readonly EngineName[]): readonly EngineName[];
  /**
   * Those that can serve it now, first choice first.
   */
  order(capability: Capability, able: readonly EngineName[], facts: OrderFacts): readonly EngineName[];
}

export interface OrderFacts {
  /** Counts the calls of this capability. */
  readonly turn: number;
  /** The engine that has the message in question at hand. */
  readonly owner?: EngineName | undefined;
  /** Able, but not well. */
  readonly isDegraded: (engine: EngineName) => boolean;
}

export interface PreferenceOptions {
  readonly strategy: Strategy;
  /** Capability → engine that is asked first. */
  readonly routes: RouteTable;
  readonly standings: Standings;
}

/**
 * Strategy, those that are well before the others; before them who owns the message, and before that whom the operator wrote
 * down. Whoever was not to be waited for comes last in any case.
 */
export function createPreference({ strategy, routes, standings }: PreferenceOptions): Preference {
  return {
    eligible: (capability, configured) => {
      if (strategy !== 'primary-only') return configured;
      const named = routes[capability];
      const primary = configured.find((engine) => engine === named) ?? configured[0];
      return primary === undefined ? [] : [primary];
    },
    order: (capability, able, { turn, owner, isDegraded }) => {
      if (able.length < 2) return able;
      const scores = new Map(able.map((engine, place) => [engine, place]));
      // What is about the engine itself goes to the first one, whoever is faster.
      if (kindOf[capability] !== 'own') {
        if (strategy === 'round-robin')
          for (const [place, engine] of able.entries())
            scores.set(engine, (place + able.length - (turn % able.length)) % able.length);
        if (strategy === 'fastest')
          for (const engine of able) scores.set(engine, standings.averageMs(engine, capability) ?? -1);
        for (const engine of able)
          if (isDegraded(engine)) scores.set(engine, (scores.get(engine) ?? 0) + BEHIND);
        if (owner !== undefined && scores.has(owner)) scores.set(owner, -2);
      }
      const named = routes[capability];
      if (named !== undefined && scores.has(named)) scores.set(named, -3);
      const scoreOf = (engine: EngineName) =>
        (scores.get(engine) ?? 0) + (standings.isPassedOver(engine, capability) ? 2 * BEHIND : 0);
      return able.toSorted((a, b) => scoreOf(a) - scoreOf(b));
    },
  };
}

/** More than any answer takes, in milliseconds. */
const BEHIND = 1e9;

const PAGE = 'docs/reference/capabilities.md';

function problemOf(name: string, engine: EngineName): string | null {
  const capability = capabilities.find((one) => one === name);
  if (capability === undefined) return `there is no capability ${name}; ${PAGE} lists them`;
  if (engineMatrix[engine].includes(capability)) return null;
  return `${engine} has no ${name}; ${PAGE} says who has it`;
}

/** The kernel cannot know which capabilities there are, and who has them. Throws CONFIG_INVALID. */
export function checkRoutes(routes: RouteTable): void {
  const problems = Object.entries(routes).flatMap(([name, engine]) => {
    const problem = problemOf(name, engine);
    return problem === null ? [] : [{ setting: settings.routes.env, problem }];
  });
  if (problems.length === 0) return;
  throw new TandemError('CONFIG_INVALID', {
    message: problems.map((one) => `${one.setting}: ${one.problem}`).join('; '),
    details: { problems },
  });
}
