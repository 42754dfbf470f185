import type { Logger } from '#kernel/logger.ts';
import { type Observation, observationSchema } from '../observation.ts';

/**
 * What does not fit the contract is dropped here and counted, because the consumer would have to refuse it:
 * one odd message must not hold up the others. The log names fields, never values.
 */
export function onlyValid(observations: readonly Observation[], logger: Logger): readonly Observation[] {
  const problems = new Map<string, number>();
  const valid = observations.filter((observation) => {
    const parsed = observationSchema.safeParse(observation);
    if (parsed.success) return true;
    const issue = parsed.error.issues[0];
    const name = `${observation.kind}.${issue?.path.join('.') ?? ''}: ${issue?.code ?? ''}`;
    problems.set(name, (problems.get(name) ?? 0) + 1);
    return false;
  });
  if (problems.size > 0) {
    logger.debug('malformed observations dropped', {
      dropped: observations.length - valid.length,
      problems: [...problems].slice(0, 10).map(([problem, count]) => ({ problem, count })),
    });
  }
  return valid;
}
