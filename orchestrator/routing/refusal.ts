import type { Capability } from '#engines/contract/capability.ts';
import { enginesWith } from '#engines/contract/matrix.ts';
import { type ErrorCode, TandemError } from '#kernel/errors.ts';
import type { CallAttempt, EngineView } from '../services/ports.ts';
import { type Exclusion, whyNot } from './policy.ts';

/** Nobody could be asked: the one reason there is, or all of them. */
export function cannot(
  capability: Capability,
  excluded: readonly Exclusion[],
  views: readonly EngineView[],
): TandemError {
  const reasons = excluded.map(({ engine, code }) => ({ engine, code }));
  const able = excluded.filter(({ code }) => code !== 'CAPABILITY_UNAVAILABLE');
  const [only] = able;
  if (only === undefined) {
    return new TandemError('CAPABILITY_UNAVAILABLE', {
      details: { capability, engines: reasons, could: whoCould(capability, views) },
    });
  }
  const pauses = able.flatMap(({ retryAfterSeconds }) => retryAfterSeconds ?? []);
  const retry = pauses.length === 0 ? {} : { retryAfterSeconds: Math.min(...pauses) };
  const details = { capability, sent: false, engines: reasons };
  const telling = able.length === 1 ? only : whatHelps(able);
  if (telling !== undefined)
    return new TandemError(telling.code, { engine: telling.engine, details, ...retry });
  return new TandemError('NO_HEALTHY_ENGINE', { details, ...retry });
}

/** States of engines that nobody waits for when another one only has to be linked. */
const NOT_UP: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'ENGINE_STARTING',
  'ENGINE_START_FAILED',
  'BROWSER_MISSING',
]);

/** The one reason that stands for all: the same for each, or that nobody is linked as far as anybody knows. */
function whatHelps(able: readonly Exclusion[]): Exclusion | undefined {
  const [first] = able;
  if (able.every(({ code }) => code === first?.code)) return first;
  const unlinked = able.find(({ code }) => code === 'NOT_AUTHENTICATED');
  return able.every((one) => one.code === 'NOT_AUTHENTICATED' || NOT_UP.has(one.code)) ? unlinked : undefined;
}

/** Engines that implement it, and how each is: `code` null = it can be asked now, once it is configured. */
function whoCould(capability: Capability, views: readonly EngineView[]) {
  return enginesWith(capability).flatMap(
    (engine): { engine: string; level: string; code: ErrorCode | null }[] => {
      const view = views.find((one) => one.engine === engine);
      if (view === undefined) return [{ engine, level: 'not-configured', code: null }];
      const { status } = view;
      if (status === null || !status.capabilities.includes(capability)) return [];
      return [{ engine, level: status.level, code: whyNot(view, capability) }];
    },
  );
}

export function withAttempts(error: TandemError, attempts: readonly CallAttempt[]): TandemError {
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
