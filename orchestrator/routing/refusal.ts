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
  if (able.length === 1) return new TandemError(only.code, { engine: only.engine, details, ...retry });
  return new TandemError('NO_HEALTHY_ENGINE', { details, ...retry });
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
