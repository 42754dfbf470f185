import { TandemError } from '#kernel/errors.ts';
import type { ServiceContext } from '../context.ts';
import { cleanName } from '../present/clean-text.ts';
import { optionalName } from '../present/message.ts';
import { personJid } from '../present/person.ts';
import { compact, type Reply } from '../reply.ts';

export interface NamedContact {
  readonly jid: string;
  /** The name that is shown from now on; absent when only the number is known. */
  readonly display_name?: string;
  readonly cleared: boolean;
}

/** A name of our own for somebody, before all others; empty clears it. It stays in this history. Errors: CONTACT_NOT_FOUND. */
export function createSetName({ history, resolver }: ServiceContext) {
  return async (request: {
    readonly contact: string;
    readonly name: string;
  }): Promise<Reply<NamedContact>> => {
    const person = await resolver.person(request.contact);
    const name = cleanName(request.name);
    await history.people.setCustomName(person.id, name === '' ? null : name);
    const now = await history.people.get(person.id);
    const jid = personJid(person);
    if (now === null || jid === null) throw new TandemError('CONTACT_NOT_FOUND');
    return { data: compact({ jid, display_name: optionalName(now.name), cleared: name === '' }) };
  };
}
