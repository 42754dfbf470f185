import type { Capability } from '#engines/contract/capability.ts';

/**
 * How a request may move between engines. `own` is about the engine itself and never moves; a `read` may be asked of two at
 * a time; `heavy` reads and `set` may be repeated elsewhere, one after the other; a `send` only when it provably never left.
 */
export type CapabilityKind = 'own' | 'read' | 'heavy' | 'set' | 'send';

export const kindOf: Readonly<Record<Capability, CapabilityKind>> = {
  'link.qr': 'own',
  'link.code': 'own',
  'session.logout': 'own',
  'session.probe': 'own',
  'session.reconnect': 'own',
  'appstate.resync': 'own',
  'devices.list': 'read',
  'send.text': 'send',
  'message.react': 'set',
  'message.edit': 'set',
  'message.revoke': 'set',
  'message.forward': 'send',
  'message.markRead': 'set',
  'chat.markRead': 'set',
  'chat.archive': 'set',
  'chat.pin': 'set',
  'chat.mute': 'set',
  // The phone answers, and it may take its time whichever engine asks.
  'history.page': 'heavy',
  'group.read': 'read',
  'community.read': 'read',
  'contact.lookup': 'read',
  'contact.picture': 'read',
  'contact.block': 'set',
  'contact.blocklist': 'read',
  'media.download': 'heavy',
};

/** Quicker than this is noise: a busy moment must not double the traffic. */
const HEDGE_MIN_MS = 250;
/** Together with the answer of the other engine still within two seconds. */
const HEDGE_MAX_MS = 1_200;
/** While nothing is known of how long it usually takes. */
const HEDGE_UNKNOWN_MS = 600;
const USUAL_TIMES = 3;

/** How long an engine may keep a read to itself before the next one is asked too; `usualMs` = its 95th percentile. */
export function hedgeAfterMs(usualMs: number | null): number {
  if (usualMs === null) return HEDGE_UNKNOWN_MS;
  return Math.min(HEDGE_MAX_MS, Math.max(HEDGE_MIN_MS, USUAL_TIMES * usualMs));
}

/** Changes take a second; an engine that hangs must leave time for the next one within one tool call. */
export const SET_PATIENCE_MS = 5_000;
