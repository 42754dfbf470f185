import { jidKind } from '#engines/contract/identity.ts';
import { type ErrorCode, TandemError } from '#kernel/errors.ts';
import type { ServiceContext } from '../context.ts';
import { findCandidates, presentCandidates, RESOLVE_SCORE } from '../resolve/candidates.ts';
import { readReference } from '../resolve/reference.ts';

/**
 * The id of a group or community by id or name; an id need not be in the store.
 * Errors: `missing`, RECIPIENT_AMBIGUOUS, INVALID_JID for the id of something else.
 */
export async function resolveGroupJid(
  { history }: ServiceContext,
  typed: string,
  field: string,
  kinds: readonly ('group' | 'community')[],
  missing: ErrorCode,
): Promise<string> {
  const reference = readReference(typed, field);
  if (reference.kind !== 'name' && jidKind(reference.jid) !== 'group') {
    throw new TandemError('INVALID_JID', {
      message: 'This is not the id of a group.',
      hint: 'Group ids end in @g.us; a name is fine too.',
      details: { field },
    });
  }
  if (reference.kind !== 'name') return reference.jid;
  const all = await findCandidates(history, reference.name);
  const groups = all.filter(({ type }) => kinds.some((kind) => kind === type));
  const [best, second] = groups;
  if (best === undefined || best.score < RESOLVE_SCORE)
    throw new TandemError(missing, { details: { field, candidates: presentCandidates(all) } });
  if (second?.score === best.score) {
    throw new TandemError('RECIPIENT_AMBIGUOUS', {
      details: { field, candidates: presentCandidates(groups.filter(({ score }) => score === best.score)) },
    });
  }
  return best.jid;
}
