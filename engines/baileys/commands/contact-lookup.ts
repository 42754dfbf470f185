import type { CommandHandlers } from '#engines/contract/command.ts';
import { jidOfPhone } from '#engines/contract/identity.ts';
import { observeLink } from '#engines/contract/kit/identity-link.ts';
import { toPerson } from '#engines/contract/kit/scalars.ts';
import { nowSeconds } from '#kernel/clock.ts';
import type { CommandDeps } from './deps.ts';
import { unlessAborted } from './upstream-error.ts';

export function contactLookupCommand({
  session,
  clock,
  tell,
}: CommandDeps): Required<Pick<CommandHandlers, 'contact.lookup'>> {
  return {
    'contact.lookup': async ({ phones }, signal) => {
      const sock = session.open();
      const listed = await unlessAborted(sock.onWhatsApp(...phones), signal);
      const there = new Set((listed ?? []).filter(({ exists }) => exists).map(({ jid }) => toPerson(jid)));
      const pns = phones.map(jidOfPhone).filter((pn) => there.has(pn));
      const pairs =
        pns.length === 0
          ? []
          : await unlessAborted(sock.signalRepository.lidMapping.getLIDsForPNs(pns), signal);
      const lids = new Map((pairs ?? []).map(({ pn, lid }) => [toPerson(pn), toPerson(lid)]));
      const at = nowSeconds(clock);
      tell(
        [...lids]
          .map(([pn, lid]) => observeLink(pn, lid, 'usync', at))
          .filter((observed) => observed !== null),
      );
      const results = phones.map((phone) => {
        const pn = jidOfPhone(phone);
        const exists = there.has(pn);
        return { phone, exists, pn: exists ? pn : null, lid: lids.get(pn) ?? null };
      });
      return { results };
    },
  };
}
