import type { EngineName } from '#engines/contract/capability.ts';
import { TandemError } from '#kernel/errors.ts';
import type { EngineView, FleetPort } from '../ports.ts';

export type EngineChoice = EngineName | 'all';

/** The views that are meant; all of them without a choice. Throws VALIDATION_ERROR for an engine that is not configured. */
export function chosenEngines(fleet: FleetPort, choice: EngineChoice | undefined): readonly EngineView[] {
  const all = fleet.engines();
  if (choice === undefined || choice === 'all') return all;
  const chosen = all.filter(({ engine }) => engine === choice);
  if (chosen.length > 0) return chosen;
  const configured = all.map(({ engine }) => engine);
  throw new TandemError('VALIDATION_ERROR', {
    message: `engine: ${choice} is not configured here.`,
    hint: `Configured: ${configured.join(', ')}.`,
    details: { problems: [{ field: 'engine', problem: `expected one of ${configured.join(', ')}` }] },
  });
}

/** The session of an engine exists, whether or not it is connected now. */
export function isLinked({ status }: EngineView): boolean {
  if (status === null || status.account === null) return false;
  return !['unlinked', 'linking', 'logged-out'].includes(status.level);
}

/** One engine at a time is linked: the first that is not, or the first of all. */
export function engineToLink(fleet: FleetPort, choice: EngineChoice | undefined): EngineView {
  const views = chosenEngines(fleet, choice);
  const view = views.find((candidate) => !isLinked(candidate)) ?? views[0];
  if (view === undefined) throw new TandemError('NO_HEALTHY_ENGINE');
  return view;
}
