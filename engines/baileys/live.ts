import type { BaileysEventMap, BinaryNode, GroupMetadata } from '@whiskeysockets/baileys';
import type { KnownLinks } from '#engines/contract/kit/known-links.ts';
import { toJid } from '#engines/contract/kit/scalars.ts';
import type { Self } from '#engines/contract/kit/self.ts';
import type { Sink } from '#engines/contract/kit/sink.ts';
import type { Observation } from '#engines/contract/observation.ts';
import { type Clock, nowSeconds } from '#kernel/clock.ts';
import type { Logger } from '#kernel/logger.ts';
import { type Acks, readAck } from './acks.ts';
import type { AppState } from './app-state.ts';
import { createBacklog } from './backlog.ts';
import type { GroupCache } from './group-cache.ts';
import type { Intake } from './intake.ts';
import { observeEvents } from './normalise/events.ts';
import { groupInfo } from './normalise/group.ts';
import { observeMessage } from './normalise/message.ts';
import { observeReceipt } from './normalise/receipt.ts';
import type { Pages } from './pages.ts';
import type { SentStore } from './sent-store.ts';
import type { WASocket } from './socket.ts';

export interface LiveDeps {
  readonly sink: Sink;
  readonly appState: AppState;
  readonly acks: Acks;
  readonly pages: Pick<Pages, 'refused'>;
  readonly sent: SentStore;
  readonly groups: GroupCache;
  readonly links: KnownLinks;
  readonly self: () => Self;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly intake: Intake;
  /** An own message has left the process, or one of others was read. */
  readonly onSent: (id: string) => void;
  /** False when the engine has let this socket go. */
  readonly isCurrent: () => boolean;
}

/** Listens to one socket, from its first stanza on. Everything it hears is idempotent downstream. */
export function attachLive(sock: WASocket, deps: LiveDeps): void {
  const { sink, appState, acks, pages, sent, groups, links, intake, clock, logger } = deps;
  const now = () => nowSeconds(clock);

  const tell = (observations: readonly Observation[]) => {
    const at = now();
    sink.deliver(observations.flatMap((one) => [...links.within(one, at), one]));
  };
  /**
   * For what the library tells after it has acknowledged it: nothing is gained by waiting for the disk each time,
   * and a snapshot of app state comes as thousands of events.
   */
  let waiting: Observation[] = [];
  const later = (observations: readonly Observation[]) => {
    if (observations.length === 0) return;
    if (waiting.length === 0) {
      setImmediate(() => {
        const all = waiting;
        waiting = [];
        tell(all);
      });
    }
    waiting.push(...observations);
  };
  /** A throwing listener would end the process; a message that cannot be read must not. */
  const guarded =
    <T>(listen: (value: T) => void) =>
    (value: T): void => {
      try {
        listen(value);
      } catch (error) {
        logger.warn('event not understood', { error });
      }
    };

  const backlog = createBacklog({
    intake,
    now,
    onCaughtUp: (at) => {
      if (deps.isCurrent()) later([{ kind: 'caught-up', at }]);
    },
  });
  sock.ws.on('frame', (frame: BinaryNode | Uint8Array) => {
    if (!(frame instanceof Uint8Array)) backlog.heard(frame);
  });
  sock.ev.on('connection.update', ({ connection }) => {
    if (connection === 'open') backlog.opened();
  });
  sock.ws.prependListener('CB:message', intake.arrived);
  // The library remembers what it sent right after the stanza went out: the proof that it left.
  const sentCache = sock.messageRetryManager;
  const remember = sentCache?.addRecentMessage.bind(sentCache);
  if (sentCache !== null && remember !== undefined) {
    sentCache.addRecentMessage = (to, id, content) => {
      remember(to, id, content);
      deps.onSent(id);
    };
  }

  sock.ws.prependListener(
    'CB:receipt',
    guarded((node: BinaryNode) => tell(withoutChanges(observeReceipt(node, deps.self(), now()), sent))),
  );
  sock.ws.on(
    'CB:ack,class:message',
    guarded((node: BinaryNode) => {
      const id = node.attrs.id ?? '';
      const ack = readAck(node);
      if (ack.error !== null) pages.refused(id, ack.error);
      if (acks.settle(id, ack) || sent.isChange(id)) return;
      // Too late for the caller, in time for the history.
      const known = sent.get(id);
      const chat = toJid(known?.chat);
      if (chat === null) return;
      const status = ack.error === null ? 'sent' : 'failed';
      tell([{ kind: 'receipt', chat, ids: [id], recipient: null, status, at: ack.at ?? now() }]);
    }),
  );

  const tellGroup = (meta: GroupMetadata) => {
    groups.put(meta);
    const group = groupInfo(meta);
    if (group !== null) later([{ kind: 'group', group }]);
  };
  const refreshGroup = (jid: string) => {
    groups.drop(jid);
    sock
      .groupMetadata(jid)
      .then(tellGroup)
      .catch((error: unknown) => logger.debug('group not read', { error }));
  };

  sock.ev.process(
    guarded((events: Partial<BaileysEventMap>) => {
      const self = deps.self();
      for (const message of events['messages.upsert']?.messages ?? []) {
        // Left over: stubs, and what the phone sent again on request. Its own traffic is nobody's message.
        if (intake.isTaken(message) || message.category === 'peer') continue;
        const via = events['messages.upsert']?.type === 'append' ? 'offline' : 'live';
        later(observeMessage(message, { self, via, now: now() }));
      }
      later(observeEvents(events, { self, now: now(), fromSnapshot: appState.tellsSnapshot() }));
      for (const meta of [...(events['groups.upsert'] ?? []), ...(events['groups.update'] ?? [])]) {
        if (isWhole(meta)) tellGroup(meta);
        else if (meta.id) refreshGroup(meta.id);
      }
      const members = events['group-participants.update'];
      if (members) refreshGroup(members.id);
      appState.settled();
    }),
  );
}

/** Recipients confirm edits and reactions like messages, under ids that no message has. */
function withoutChanges(observed: readonly Observation[], sent: SentStore): readonly Observation[] {
  return observed.flatMap((one): readonly Observation[] => {
    if (one.kind !== 'receipt') return [one];
    const ids = one.ids.filter((id) => !sent.isChange(id));
    return ids.length === 0 ? [] : [{ ...one, ids }];
  });
}

type GroupEvent = BaileysEventMap['groups.update'][number];

/** Changes come as fragments under the same event as whole groups. */
function isWhole(meta: GroupEvent): meta is BaileysEventMap['groups.upsert'][number] {
  return Array.isArray(meta.participants) && typeof meta.subject === 'string';
}
