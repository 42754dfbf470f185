import { jidKind } from '../identity.ts';
import type { ObservationOf } from '../observation.ts';
import { toPerson } from './scalars.ts';

export type LinkSource = ObservationOf<'identity-link'>['source'];

/** Two ids of one person, in either order; null unless one is a number and the other a hidden id. */
export function observeLink(
  a: unknown,
  b: unknown,
  source: LinkSource,
  at: number,
): ObservationOf<'identity-link'> | null {
  const first = toPerson(a);
  const second = toPerson(b);
  if (first === null || second === null) return null;
  const [pn, lid] = jidKind(first) === 'pn' ? [first, second] : [second, first];
  if (jidKind(pn) !== 'pn' || jidKind(lid) !== 'lid') return null;
  return { kind: 'identity-link', pn, lid, source, at };
}
