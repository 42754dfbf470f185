import type { Simulator } from '#simulator/simulator.ts';

/** How often each text has arrived at other people; the copy that the own phone gets does not count. */
export function arrivals(simulator: Simulator): ReadonlyMap<string, number> {
  const { pn, lid } = simulator.account.person('me');
  const counts = new Map<string, number>();
  for (const { text, recipientJid } of simulator.wire.mailbox.all()) {
    if (text === null || recipientJid === pn || recipientJid === lid) continue;
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return counts;
}
