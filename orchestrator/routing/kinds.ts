import type { Capability } from '#engines/contract/capability.ts';

/**
 * How a request may move between engines. `own` is about the engine itself and never moves; a `read` or a `file` may be asked
 * of two at a time; a `page` and a `set` may be repeated elsewhere, one after the other; a `send` only when it provably never
 * left.
 */
export type CapabilityKind = 'own' | 'read' | 'file' | 'page' | 'set' | 'send';

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
  'history.page': 'page',
  'group.read': 'read',
  'community.read': 'read',
  'contact.lookup': 'read',
  'contact.picture': 'read',
  'contact.block': 'set',
  'contact.blocklist': 'read',
  'media.download': 'file',
};

/** Quicker than this is noise: a busy moment must not double the traffic. */
const HEDGE_MIN_MS = 250;
/** Together with the answer of the other engine still within two seconds. */
const HEDGE_MAX_MS = 1_200;
/** While nothing is known of how long it usually takes. */
const HEDGE_UNKNOWN_MS = 600;
const USUAL_TIMES = 3;

/** A file may be large; it must still come from the other engine within one tool call. */
const FILE_HEDGE_MIN_MS = 4_000;
const FILE_HEDGE_MAX_MS = 8_000;

/**
 * How long an engine may keep a request to itself before the next one is asked too; null = for as long as it takes.
 * `usualMs` = the 95th percentile of its answers.
 */
export function hedgeAfterMs(capability: Capability, usualMs: number | null): number | null {
  const patience = usualMs === null ? null : USUAL_TIMES * usualMs;
  switch (kindOf[capability]) {
    case 'read':
      return clamp(patience ?? HEDGE_UNKNOWN_MS, HEDGE_MIN_MS, HEDGE_MAX_MS);
    case 'file':
      return clamp(patience ?? FILE_HEDGE_MIN_MS, FILE_HEDGE_MIN_MS, FILE_HEDGE_MAX_MS);
    default:
      return null;
  }
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(max, Math.max(min, value));
}

/** Changes take a second; an engine that hangs must leave time for the next one within one tool call. */
export const SET_PATIENCE_MS = 5_000;
