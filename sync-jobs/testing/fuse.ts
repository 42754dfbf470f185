import type { Death } from './world.ts';

/** Counts the calls of everything that it wraps, and ends all of them at once at a chosen one, as a kill does. */
export interface Fuse {
  wrap<T extends object>(port: T): T;
  calls(): number;
  blown(): boolean;
}

class Killed extends Error {}

export function createFuse(dies: Death | null): Fuse {
  let calls = 0;
  let blown = false;

  const call = async (run: () => unknown): Promise<unknown> => {
    // The dead do nothing, whatever their code would still do.
    if (blown) throw new Killed('killed');
    calls += 1;
    const isLast = calls === dies?.at;
    if (isLast && dies?.when === 'before') blown = true;
    if (blown) throw new Killed('killed');
    const answer = await run();
    if (isLast) blown = true;
    if (blown) throw new Killed('killed');
    return answer;
  };

  const wrap = <T extends object>(port: T): T =>
    new Proxy(port, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name);
        if (typeof value === 'object' && value !== null) return wrap(value);
        if (typeof value !== 'function') return value;
        if (SYNCHRONOUS.has(name)) return value;
        return (...args: readonly unknown[]) => call(() => Reflect.apply(value, target, args));
      },
    });

  return { wrap, calls: () => calls, blown: () => blown };
}

/** Answers of a port that are no promises cannot be a place where a process dies in the middle. */
const SYNCHRONOUS: ReadonlySet<string | symbol> = new Set([
  'routes',
  'health',
  'onChange',
  'everyId',
  'check',
]);
