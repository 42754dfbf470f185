import type { BinaryNode } from '@whiskeysockets/baileys';
import type { SimPerson } from '../../account/model.ts';
import type { IqHandler } from '../contract.ts';
import { userJid } from '../identity.ts';
import { bytesOf, child, children, node } from '../nodes.ts';
import { personAt, type QueryDeps } from './deps.ts';

interface Asked {
  readonly jid: string;
  readonly person: SimPerson | null;
}

/** One protocol's part of the answer for one user; null leaves it out. */
type Protocol = (asked: Asked, deps: QueryDeps) => BinaryNode | null;

const HIDDEN_CODE = '401';

const PROTOCOLS: Readonly<Record<string, Protocol>> = {
  // Nobody behind a number has no devices at all, not even a phone.
  devices: ({ jid, person }, { account, hub }) =>
    node('devices', {}, [
      node(
        'device-list',
        {},
        (person === null ? [] : hub.deviceIds(jid)).map(({ id, keyIndex }) =>
          node('device', { id: String(id), 'key-index': id === 0 ? undefined : String(keyIndex) }),
        ),
      ),
      node('key-index-list', { ts: String(account.world.nowSeconds()) }),
    ]),
  lid: ({ person }) => (person === null || person.lid === null ? null : node('lid', { val: person.lid })),
  contact: ({ person }) => node('contact', { type: person === null ? 'out' : 'in' }),
  status: ({ person }, { account }) =>
    person === null || person.about === null
      ? node('status', { code: HIDDEN_CODE, t: '0' })
      : node('status', { t: String(account.shape.now) }, Buffer.from(person.about)),
  disappearing_mode: () => node('disappearing_mode', { duration: '0', t: '0' }),
};

const askedOf = (user: BinaryNode, deps: QueryDeps): Asked | null => {
  const { jid } = user.attrs;
  if (jid !== undefined) return { jid: userJid(jid), person: personAt(deps.account, jid) };
  const phone = bytesOf(child(user, 'contact'));
  if (phone === null) return null;
  const asked = `${Buffer.from(phone).toString().replaceAll(/\D/g, '')}@s.whatsapp.net`;
  return { jid: asked, person: personAt(deps.account, asked) };
};

/** Who is behind a number, which devices they have, what their hidden identity is. */
export const createUsync = (deps: QueryDeps): readonly IqHandler[] => [
  {
    xmlns: 'usync',
    type: 'get',
    child: 'usync',
    handle: ({ child: usync }) => {
      const protocols = children(child(usync, 'query')).flatMap(({ tag }) => PROTOCOLS[tag] ?? []);
      const seen = new Set<string>();
      const users = children(child(usync, 'list')).flatMap((user) => {
        const asked = askedOf(user, deps);
        // Whoever writes to himself asks for himself twice.
        if (asked === null || seen.has(asked.jid)) return [];
        seen.add(asked.jid);
        return node(
          'user',
          { jid: asked.jid },
          protocols.flatMap((protocol) => protocol(asked, deps) ?? []),
        );
      });
      return [
        node('usync', { ...usync?.attrs }, [
          node('result', {}),
          node('list', {}, users),
          node('side_list', {}),
        ]),
      ];
    },
  },
];
