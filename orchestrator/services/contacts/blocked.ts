import { phoneOfJid } from '#engines/contract/identity.ts';
import { type ErrorCode, toTandemError } from '#kernel/errors.ts';
import type { ServiceContext } from '../context.ts';
import { presentPerson } from '../present/person.ts';
import { compact, type Reply, servedBy } from '../reply.ts';
import type { PublicPerson } from '../shapes/person.ts';

export interface BlockedContacts {
  readonly contacts: PublicPerson[];
  readonly count: number;
  /** `stored` = as last heard, because WhatsApp could not be asked. */
  readonly source: 'live' | 'stored';
  readonly live_error?: ErrorCode;
}

/** Far more than anybody blocks by hand. */
const STORED_MAX = 1_000;

/** Whom the account has blocked. Never fails for want of an engine. */
export function createBlockedContacts(context: ServiceContext) {
  const { history, router, freshness } = context;

  /** One person may stand in the list under the number and under the hidden id. */
  const present = async (jids: readonly string[]): Promise<PublicPerson[]> => {
    const found = new Map<string, PublicPerson>();
    for (const jid of jids) {
      const person = await history.people.byJid(jid);
      const known = person === null ? null : presentPerson(person);
      const shown = known ?? strangerOf(jid);
      found.set(shown.jid, shown);
    }
    return [...found.values()];
  };

  return async (signal?: AbortSignal): Promise<Reply<BlockedContacts>> => {
    try {
      const outcome = await router.call('contact.blocklist', {}, signal === undefined ? {} : { signal });
      const contacts = await present(outcome.output.blocked);
      return { data: { contacts, count: contacts.length, source: 'live' }, meta: servedBy(outcome) };
    } catch (thrown) {
      const { code } = toTandemError(thrown);
      const stored = await history.people.blocked(STORED_MAX);
      const contacts = stored.flatMap((person) => presentPerson(person) ?? []);
      return {
        data: { contacts, count: contacts.length, source: 'stored', live_error: code },
        meta: { ...(await freshness.meta()), degraded: true, degraded_reason: code },
      };
    }
  };
}

function strangerOf(jid: string): PublicPerson {
  return compact({
    jid,
    lid: jid.endsWith('@lid') ? jid : undefined,
    number: phoneOfJid(jid) ?? undefined,
    is_my_contact: false,
    is_business: false,
    has_chat: false,
  });
}
