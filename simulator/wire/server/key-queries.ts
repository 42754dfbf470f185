import type { BinaryNode } from '@whiskeysockets/baileys';
import { type IqRequest, iqError, type WireModule } from '../contract.ts';
import type { Companion, DeviceRegistry } from '../devices.ts';
import { type AccountIdentity, deviceOf, userJid } from '../identity.ts';
import { child, children, node } from '../nodes.ts';
import { type Parties, takeCompanionBundle } from '../signal/parties.ts';
import { bundleNode, readPreKey, readSignedPreKey } from '../signal-bundle.ts';

export type KeyQueryDeps = {
  readonly identity: AccountIdentity;
  readonly registry: DeviceRegistry;
  readonly parties: Parties;
  /** Stable key of a contact behind a PN or LID; null for a number without WhatsApp. */
  readonly contactKey: (jid: string) => string | null;
};

const DIGEST_BYTES = 20;
const NOT_FOUND = 404;

/** The `encrypt` namespace: public keys up, public keys down. */
export const createKeyQueries = (deps: KeyQueryDeps): WireModule => {
  const own = ({ device }: IqRequest): Companion => {
    const companion = deps.registry.byId(device.id);
    if (!companion) throw iqError(NOT_FOUND, 'item-not-found');
    return companion;
  };

  const bundleFor = async (jid: string): Promise<BinaryNode | null> => {
    const user = userJid(jid);
    const device = deviceOf(jid);
    if (user === deps.identity.pnJid || user === deps.identity.lidJid) {
      if (device === 0) return bundleNode(jid, await deps.parties.phone.bundle());
      const companion = deps.registry.byId(device);
      return companion ? bundleNode(jid, takeCompanionBundle(companion)) : null;
    }
    const contact = device === 0 ? deps.contactKey(user) : null;
    return contact === null ? null : bundleNode(jid, await deps.parties.contact(contact).bundle());
  };

  return {
    name: 'keys',
    iqs: [
      {
        xmlns: 'encrypt',
        child: 'count',
        handle: (request) => [node('count', { value: String(own(request).preKeyCount()) })],
      },
      {
        xmlns: 'encrypt',
        child: 'digest',
        handle: (request) => {
          own(request);
          return [node('digest', {}, [node('hash', {}, new Uint8Array(DIGEST_BYTES))])];
        },
      },
      {
        xmlns: 'encrypt',
        child: 'rotate',
        handle: (request) => {
          const key = readSignedPreKey(child(request.child, 'skey'));
          if (!key) throw iqError(400, 'bad-request');
          own(request).rotateSignedPreKey(key);
          return [];
        },
      },
      {
        xmlns: 'encrypt',
        type: 'get',
        child: 'key',
        handle: async ({ child: request }) => {
          const users: BinaryNode[] = [];
          for (const user of children(request)) {
            const bundle = await bundleFor(user.attrs.jid ?? '');
            if (bundle) users.push(bundle);
          }
          return [node('list', {}, users)];
        },
      },
      {
        xmlns: 'encrypt',
        type: 'set',
        handle: (request) => {
          const companion = own(request);
          const signed = readSignedPreKey(child(request.node, 'skey'));
          if (signed) companion.rotateSignedPreKey(signed);
          const keys = children(child(request.node, 'list')).map(readPreKey);
          companion.addPreKeys(keys.filter((key) => key !== null));
          return [];
        },
      },
    ],
  };
};
