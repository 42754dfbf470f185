import type { Simulator } from '#simulator/simulator.ts';

/**
 * How many messages with each text other people have; the copy of the own phone does not count. A stanza that
 * is handed out again after a request to repeat it keeps its id, and a phone shows an id once.
 */
export function arrivals(simulator: Simulator): ReadonlyMap<string, number> {
  const { pn, lid } = simulator.account.person('me');
  const ids = new Map<string, Set<string>>();
  for (const { text, id, recipientJid } of simulator.wire.mailbox.all()) {
    if (text === null || recipientJid === pn || recipientJid === lid) continue;
    ids.set(text, (ids.get(text) ?? new Set()).add(`${recipientJid} ${id}`));
  }
  return new Map([...ids].map(([text, shown]) => [text, shown.size]));
}
