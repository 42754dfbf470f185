import type { BinaryNode } from '@whiskeysockets/baileys';
import type { Connection } from './connection.ts';
import type { WireLog } from './contract.ts';
import type { Companion, DeviceRegistry } from './devices.ts';
import { type AccountIdentity, userJid } from './identity.ts';
import type { IqTable } from './iq-table.ts';
import { child, node } from './nodes.ts';

export type SessionDeps = {
  readonly identity: AccountIdentity;
  readonly registry: DeviceRegistry;
  readonly iqTable: IqTable;
  readonly log: WireLog;
  readonly nowSeconds: () => number;
  /** `<failure reason>` to answer the next login with; null to let it in. */
  readonly loginFailure: () => number | null;
  readonly onMessage: (companion: Companion, stanza: BinaryNode) => Promise<void>;
  readonly onReceipt: (companion: Companion, stanza: BinaryNode) => Promise<void>;
  /** The client is active and has everything that waited for it. */
  readonly onActive: (companion: Companion) => void;
};

const NOT_LINKED = 401;

const replaced = node('stream:error', {}, [node('conflict', { type: 'replaced' })]);

const findCompanion = (connection: Connection, deps: SessionDeps): Companion | null => {
  const { username, device } = connection.payload;
  const known = deps.registry.byId(device ?? 0);
  if (`${username}@s.whatsapp.net` !== deps.identity.pnJid || !known) return null;
  return Buffer.from(known.registration.noiseKey).equals(connection.clientKey) ? known : null;
};

/** Everything that waited, oldest first, then the line that says how much it was. */
const catchUp = (companion: Companion, connection: Connection): void => {
  const waiting = companion.offlineQueue.replay();
  for (const stanza of waiting) void connection.send(stanza);
  void connection.send(node('ib', {}, [node('offline', { count: String(waiting.length) })]));
  companion.activate();
};

/** Serves a known device from login to disconnect. */
export const serveLogin = (connection: Connection, deps: SessionDeps): void => {
  const refusal = deps.loginFailure();
  const companion = findCompanion(connection, deps);
  if (refusal !== null || !companion) {
    connection.end(node('failure', { reason: String(refusal ?? NOT_LINKED), location: 'sim' }));
    return;
  }
  companion.connection()?.end(replaced);
  companion.attach(connection);
  connection.onClose(() => {
    if (companion.connection() === connection) companion.attach(null);
  });

  // Decryption advances ratchets: messages and receipts of one device keep their order.
  let inOrder: Promise<void> = Promise.resolve();
  const enqueue = (work: () => Promise<void>): void => {
    inOrder = inOrder.then(work).catch((error: unknown) => deps.log('stanza handler failed', { error }));
  };

  const answerIq = async (stanza: BinaryNode): Promise<void> => {
    const answer = await deps.iqTable(stanza, companion);
    if (answer) await connection.send(answer);
    const becameActive = stanza.attrs.xmlns === 'passive' && child(stanza, 'active') !== null;
    if (!becameActive || companion.online) return;
    catchUp(companion, connection);
    deps.onActive(companion);
  };

  connection.onStanza((stanza) => {
    switch (stanza.tag) {
      case 'iq':
        if (stanza.attrs.type !== 'result') {
          answerIq(stanza).catch((error: unknown) => deps.log('iq failed', { error }));
        }
        break;
      case 'message':
        enqueue(() => deps.onMessage(companion, stanza));
        break;
      case 'receipt':
        companion.offlineQueue.acknowledge('message', stanza);
        enqueue(() => deps.onReceipt(companion, stanza));
        break;
      case 'ack':
        companion.offlineQueue.acknowledge(stanza.attrs.class ?? '', stanza);
        break;
      default:
        // presence, chatstate, ib: nothing that the account keeps
        break;
    }
  });

  void connection.send(
    node('success', {
      t: String(deps.nowSeconds()),
      lid: companion.lidJid,
      display_name: userJid(companion.pnJid),
      location: 'sim',
    }),
  );
  // From now on the client opens its streams with this routing blob.
  void connection.send(
    node('ib', {}, [node('edge_routing', {}, [node('routing_info', {}, Buffer.from('simulator'))])]),
  );
};
