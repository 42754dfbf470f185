import { jidKind, jidOfPhone, normaliseJid, phoneOfJid } from '#engines/contract/identity.ts';
import { TandemError } from '#kernel/errors.ts';
import type { ServiceContext } from '../context.ts';
import { optionalName } from '../present/message.ts';
import { personJid } from '../present/person.ts';
import { compact, type Reply, servedBy } from '../reply.ts';
import { readPhone } from '../resolve/phone.ts';

/** By id or number only: a name that fits the wrong person must not block anybody. */
export interface BlockRequest {
  readonly jid?: string | undefined;
  readonly phone?: string | undefined;
}

export interface BlockedContact {
  readonly jid: string;
  readonly name?: string;
  readonly blocked: boolean;
}

interface Named {
  readonly pn: string | null;
  readonly lid: string | null;
}

/** Errors: MISSING_IDENTIFIER, INVALID_JID, INVALID_PHONE_FORMAT, VALIDATION_ERROR for the own account or for two people. */
export function createBlock({ history, router }: ServiceContext) {
  const jidsOf = async ({ jid, phone }: BlockRequest): Promise<readonly string[]> => {
    const own = await history.account.get();
    const named: string[] = [];
    if (jid !== undefined) named.push(readPersonJid(jid));
    if (phone !== undefined) {
      const digits = readPhone(phone, 'phone', {
        own: own?.pn ? phoneOfJid(own.pn) : null,
        strict: true,
      });
      named.push(jidOfPhone(digits));
    }
    if (named.length === 0) {
      throw new TandemError('MISSING_IDENTIFIER', { details: { fields: ['jid', 'phone'] } });
    }
    return named;
  };

  return async (
    request: BlockRequest,
    blocked: boolean,
    signal?: AbortSignal,
  ): Promise<Reply<BlockedContact>> => {
    const [first = '', second] = await jidsOf(request);
    const person = await history.people.byJid(first);
    if (second !== undefined && second !== first && second !== person?.pn && second !== person?.lid)
      throw problem('jid and phone name two people; give one of them');
    const account = await history.account.get();
    if (person?.isMe === true || first === account?.pn || first === account?.lid)
      throw problem('this is the own account');
    const isNumber = jidKind(first) === 'pn';
    const ids: Named = person ?? { pn: isNumber ? first : null, lid: isNumber ? null : first };
    const outcome = await router.call(
      'contact.block',
      { pn: ids.pn, lid: ids.lid, blocked },
      signal === undefined ? {} : { signal },
    );
    const done = outcome.output.blocked;
    if (person !== null) await history.people.setBlocked(person.id, done);
    return {
      data: compact({
        jid: personJid(ids) ?? first,
        name: optionalName(person?.name ?? null),
        blocked: done,
      }),
      meta: servedBy(outcome),
    };
  };
}

function readPersonJid(text: string): string {
  const jid = normaliseJid(text.trim());
  const kind = jid === null ? null : jidKind(jid);
  if (jid !== null && (kind === 'pn' || kind === 'lid')) return jid;
  throw new TandemError('INVALID_JID', {
    message: 'This is not the id of a person.',
    hint: 'Use an id ending in @s.whatsapp.net or @lid (search_contacts shows it), or phone. Names are not accepted here.',
    details: { field: 'jid' },
  });
}

function problem(text: string): TandemError {
  return new TandemError('VALIDATION_ERROR', {
    message: `${text}.`.replace(/^./, (letter) => letter.toUpperCase()),
    details: { problems: [{ field: 'jid', problem: text }] },
  });
}
