import { z } from 'zod';
import { errorBodySchema } from '#kernel/errors.ts';
import { capabilitySchema, engineNameSchema } from './capability.ts';
import { jidSchema } from './identity.ts';

/**
 * State is a level, not an edge: whoever looks now sees the truth, without having heard the events.
 *
 * starting → unlinked → linking → connecting → syncing → ready, with degraded and recovering beside them;
 * logged-out, conflict and failed wait for a person.
 */
export const engineLevels = [
  'starting',
  'unlinked',
  'linking',
  'connecting',
  'syncing',
  'ready',
  'degraded',
  'recovering',
  'logged-out',
  'conflict',
  'failed',
  'stopped',
] as const;
export type EngineLevel = (typeof engineLevels)[number];

/** Why the engine is at this level; `none` while nothing is wrong. What a person should do stands in reasonTexts. */
export const engineReasons = [
  'none',
  'not-linked',
  'waiting-for-scan',
  'waiting-for-code',
  'link-expired',
  'restart-required',
  'connection-lost',
  'service-unavailable',
  'stream-error',
  'replaced',
  'logged-out',
  'forbidden',
  'client-outdated',
  'multidevice-mismatch',
  'session-store-failed',
  'outbox-failed',
  'account-mismatch',
  'process-died',
  'start-failed',
  'away',
  'secret-refused',
  'network-unreachable',
  'browser-missing',
  'browser-died',
  'profile-in-use',
  'page-unreachable',
  'page-crashed',
  'page-hung',
  'page-changed',
  'never-ready',
] as const;
export type EngineReason = (typeof engineReasons)[number];

/** Reason → what it means and what the operator should do, in the words that the user gets. */
export const reasonTexts: Readonly<
  Record<EngineReason, { readonly means: string; readonly action: string }>
> = {
  none: { means: 'All is well.', action: 'Nothing to do.' },
  'not-linked': {
    means: 'No account is linked.',
    action: 'Run `tandem link`, or open the status page and scan the QR code.',
  },
  'waiting-for-scan': {
    means: 'A QR code is waiting to be scanned.',
    action: 'On the phone: WhatsApp → Linked devices → Link a device, then scan.',
  },
  'waiting-for-code': {
    means: 'A pairing code is waiting to be entered.',
    action: 'On the phone: WhatsApp → Linked devices → Link with phone number, then enter the code.',
  },
  'link-expired': {
    means: 'Nobody scanned the QR code or entered the code in time.',
    action: 'Start linking again when the phone is at hand.',
  },
  'restart-required': {
    means: 'WhatsApp asked for a fresh connection.',
    action: 'Nothing to do: the engine reconnects at once.',
  },
  'connection-lost': {
    means: 'The connection was lost.',
    action: 'Nothing to do: the engine reconnects by itself.',
  },
  'service-unavailable': {
    means: 'WhatsApp is not available at the moment.',
    action: 'Nothing to do: the engine tries again with growing pauses.',
  },
  'stream-error': {
    means: 'WhatsApp closed the stream with an error.',
    action: 'The engine tries again; if it repeats, restart the engine and look at the log.',
  },
  replaced: {
    means: 'Another process is connected with the same credentials.',
    action: 'Stop the other process, then restart this engine.',
  },
  'logged-out': {
    means: 'The device was logged out or removed on the phone.',
    action: 'Link the engine again. Stored messages are kept.',
  },
  forbidden: {
    means: 'WhatsApp refuses this account.',
    action: 'Open WhatsApp on the phone and follow what it says. The engine does not retry by itself.',
  },
  'client-outdated': { means: 'WhatsApp refuses this client version.', action: 'Update Tandem.' },
  'multidevice-mismatch': {
    means: 'The phone does not accept this kind of linked device.',
    action: 'Update WhatsApp on the phone and link again.',
  },
  'session-store-failed': {
    means: 'The session of this engine cannot be written.',
    action: 'Check disk space and permissions of the data directory, then restart the engine.',
  },
  'outbox-failed': {
    means: 'What the engine learns cannot be written to disk, so it stopped listening rather than lose it.',
    action: 'Check disk space and permissions of the data directory; the engine goes on by itself.',
  },
  'account-mismatch': {
    means: 'The engine is linked to another account than this data directory holds.',
    action: 'Unlink it and link it with the right phone.',
  },
  'process-died': {
    means: 'The engine process ended.',
    action: 'Nothing to do: it is started again by itself.',
  },
  'start-failed': { means: 'The engine process could not be started.', action: 'Run `tandem doctor`.' },
  away: {
    means: 'The engine runs elsewhere and does not answer.',
    action:
      'Start it, or look whether the address in the settings leads to it; the service finds it by itself.',
  },
  'secret-refused': {
    means: 'The engine runs elsewhere and does not accept the secret of this service.',
    action: 'Give both the same TANDEM_ENGINE_SECRET_FILE, and restart the one that had another.',
  },
  'network-unreachable': {
    means: 'WhatsApp cannot be reached from this machine.',
    action: 'Check the network; `tandem doctor` says which part fails. The engine tries again by itself.',
  },
  'browser-missing': {
    means: 'No browser was found for this engine.',
    action:
      'Run `npx tandem doctor --get-browser`, install Chromium, or set TANDEM_WEBJS_EXECUTABLE to one. Other engines go on alone.',
  },
  'browser-died': {
    means: 'The browser of this engine ended.',
    action: 'Nothing to do: it is started again by itself.',
  },
  'profile-in-use': {
    means: 'Another browser uses the profile of this engine.',
    action: 'End the other program that uses this data directory, then restart this engine.',
  },
  'page-unreachable': {
    means: 'The page of WhatsApp Web did not load.',
    action: 'Nothing to do: the engine tries again with growing pauses. Check the network if it lasts.',
  },
  'page-crashed': {
    means: 'The page of WhatsApp Web crashed.',
    action: 'Nothing to do: the browser is started again by itself.',
  },
  'page-hung': {
    means: 'The page of WhatsApp Web stopped answering.',
    action: 'Nothing to do: the browser is started again by itself.',
  },
  'page-changed': {
    means: 'WhatsApp Web has changed in a way that this version does not understand.',
    action: 'Update Tandem. The other engine goes on alone.',
  },
  'never-ready': {
    means: 'The page of WhatsApp Web loaded and did not become ready.',
    action: 'Nothing to do: the browser is started again by itself. If it lasts, link this engine again.',
  },
};

export const accountSchema = z.strictObject({
  pn: jidSchema.nullable(),
  lid: jidSchema.nullable(),
  pushName: z.string().max(200).nullable(),
});
export type EngineAccount = z.infer<typeof accountSchema>;

const epochMs = z.number().int().nonnegative();

export const linkOfferSchema = z.discriminatedUnion('method', [
  /** `text` is what the QR picture encodes. */
  z.strictObject({ method: z.literal('qr'), text: z.string(), expiresAtMs: epochMs }),
  z.strictObject({ method: z.literal('code'), code: z.string(), expiresAtMs: epochMs }),
]);
export type LinkOffer = z.infer<typeof linkOfferSchema>;

export const syncProgressSchema = z.strictObject({
  /** Which part of the initial history is streaming in. */
  phase: z.enum(['waiting', 'bootstrap', 'recent', 'full', 'done']),
  /** 0–100; null = the server did not say. */
  percent: z.number().min(0).max(100).nullable(),
  chats: z.int().nonnegative(),
  messages: z.int().nonnegative(),
});
export type SyncProgress = z.infer<typeof syncProgressSchema>;

export const disconnectSchema = z.strictObject({
  code: z.int().nullable(),
  reason: z.enum(engineReasons),
  atMs: epochMs,
});

/** A capability that the engine implements and that does not work at the moment. */
export const impairmentSchema = z.strictObject({
  capability: capabilitySchema,
  error: errorBodySchema,
  sinceMs: epochMs,
});
export type Impairment = z.infer<typeof impairmentSchema>;

/** The browser behind an engine. */
export const browserSchema = z.strictObject({
  pid: z.int().nullable(),
  executable: z.string(),
  /** As the browser names itself; null before it answered. */
  version: z.string().nullable(),
  /** Of WhatsApp Web. */
  pageVersion: z.string().max(100).nullable(),
  /** Since the engine process started. */
  restarts: z.int().nonnegative(),
  /** What the page last complained about, as a class of error without its text. */
  lastPageError: z.strictObject({ name: z.string().max(200), atMs: epochMs }).nullable(),
});
export type EngineBrowser = z.infer<typeof browserSchema>;

export const engineStatusSchema = z.strictObject({
  engine: engineNameSchema,
  /** Counts up with every change; a long poll waits for a higher one. */
  revision: z.int().nonnegative(),
  level: z.enum(engineLevels),
  reason: z.enum(engineReasons),
  sinceMs: epochMs,
  account: accountSchema.nullable(),
  /** The QR or code that waits for the phone now. */
  offer: linkOfferSchema.nullable(),
  sync: syncProgressSchema,
  /** What the engine implements. */
  capabilities: z.array(capabilitySchema),
  /** The part of it that does not work now. */
  impaired: z.array(impairmentSchema),
  /** Null for engines without one, and before it was started. */
  browser: browserSchema.nullable(),
  connectedSinceMs: epochMs.nullable(),
  lastDisconnect: disconnectSchema.nullable(),
  /** Tries since the connection was last open. */
  reconnectAttempts: z.int().nonnegative(),
  nextAttemptAtMs: epochMs.nullable(),
  lastError: errorBodySchema.nullable(),
  outbox: z.strictObject({ id: z.string(), firstSeq: z.int(), lastSeq: z.int(), entries: z.int() }),
  /** True when another server stands in for WhatsApp. */
  testServer: z.boolean(),
  version: z.string(),
  /** Null for a process elsewhere, whose number names nothing here. */
  pid: z.int().nullable(),
});
export type EngineStatus = z.infer<typeof engineStatusSchema>;

/** Levels at which an engine can serve requests that need WhatsApp. */
export function isConnected(level: EngineLevel): boolean {
  return level === 'syncing' || level === 'ready' || level === 'degraded';
}
