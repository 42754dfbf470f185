import type { Observation, ObservationOf } from '../observation.ts';
import { type LinkSource, observeLink } from './identity-link.ts';

/** Most messages repeat a pair of ids that the consumer has heard of long ago. */
export interface KnownLinks {
  /** The link, the first time that it is seen. */
  fresh(a: unknown, b: unknown, source: LinkSource, at: number): readonly ObservationOf<'identity-link'>[];
  /** Links that an observation shows beside what it says. */
  within(observation: Observation, at: number): readonly ObservationOf<'identity-link'>[];
  clear(): void;
}

/** Some megabytes. Forgetting one costs an observation, nothing else. */
const PAIRS_MAX = 50_000;

export function createKnownLinks(): KnownLinks {
  const known = new Map<string, string>();
  const fresh: KnownLinks['fresh'] = (a, b, source, at) => {
    const link = observeLink(a, b, source, at);
    if (link === null || known.get(link.lid) === link.pn) return [];
    if (known.size >= PAIRS_MAX) known.clear();
    known.set(link.lid, link.pn);
    return [link];
  };
  return {
    fresh,
    clear: () => known.clear(),
    within: (observation, at) => {
      if (observation.kind === 'message' || observation.kind === 'edit' || observation.kind === 'revoke') {
        const { chat, chatAlt, sender, senderAlt } = observation;
        return [...fresh(chat, chatAlt, 'message', at), ...fresh(sender, senderAlt, 'message', at)];
      }
      if (observation.kind === 'receipt')
        return fresh(observation.recipient, observation.recipientAlt, 'message', at);
      if (observation.kind === 'reaction') return fresh(observation.by, observation.byAlt, 'message', at);
      if (observation.kind === 'chat') return fresh(observation.chat, observation.chatAlt, 'event', at);
      if (observation.kind === 'contact') return fresh(observation.jid, observation.alt, 'event', at);
      const members =
        observation.kind === 'group'
          ? observation.group.members
          : observation.kind === 'members'
            ? observation.members
            : undefined;
      return (members ?? []).flatMap(({ jid, alt }) => fresh(jid, alt, 'group', at));
    },
  };
}
