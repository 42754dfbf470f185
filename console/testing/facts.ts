import type { EngineName } from '#engines/contract/capability.ts';
import type { EngineStatus } from '#engines/contract/state.ts';
import type { HistoryOverview } from '#history/contracts/history.ts';
import type { EngineView } from '#orchestrator/services/ports.ts';
import type { StoreFacts } from '../view/build-status.ts';

/** Values for tests: an engine and a store as they look on a quiet day. */
export const NOW_MS = Date.UTC(2026, 2, 1, 9, 30);

export function engineStatus(change: Partial<EngineStatus> = {}): EngineStatus {
  return {
    engine: 'baileys',
    revision: 7,
    level: 'ready',
    reason: 'none',
    sinceMs: NOW_MS - 60_000,
    account: { pn: '4915112345678@s.whatsapp.net', lid: '900001@lid', pushName: 'Ana' },
    offer: null,
    sync: { phase: 'done', percent: 100, chats: 84, messages: 12_345 },
    capabilities: ['link.qr', 'link.code', 'send.text'],
    impaired: [],
    browser: null,
    connectedSinceMs: NOW_MS - 60_000,
    lastDisconnect: null,
    reconnectAttempts: 0,
    nextAttemptAtMs: null,
    lastError: null,
    outbox: { id: 'o1', firstSeq: 1, lastSeq: 0, entries: 0 },
    testServer: false,
    version: '0.1.0',
    pid: 4_711,
    ...change,
  };
}

export function engineView(change: Partial<EngineStatus> = {}): EngineView {
  return {
    engine: change.engine ?? 'baileys',
    processUp: true,
    reachable: true,
    status: engineStatus(change),
    responseMs: 3,
    checkedAtMs: NOW_MS,
    error: null,
    selfTests: [],
    recovery: null,
  };
}

/** What both engines saw, and what only one did. */
export function storeFacts(change: Partial<HistoryOverview> = {}): StoreFacts {
  const seen = (engine: EngineName, messages: number, only: number) => ({ engine, messages, only });
  return {
    overview: overview(change),
    contributions: {
      perEngine: [seen('baileys', 12_345, 345), seen('webjs', 12_000, 0)],
      sharedByEngines: 12_000,
    },
  };
}

export const BROWSER = {
  pid: 4_712,
  executable: '/usr/bin/chromium',
  version: 'Chrome/156.0.8078.79',
  pageVersion: '2.3000.1043012345',
  restarts: 1,
  lastPageError: { name: 'TypeError', atMs: NOW_MS - 600_000 },
} as const;

export function overview(change: Partial<HistoryOverview> = {}): HistoryOverview {
  return {
    messages: 12_345,
    chats: 84,
    people: 310,
    media: 1_204,
    unread: 17,
    newestMessageAt: NOW_MS / 1_000 - 90,
    oldestMessageAt: NOW_MS / 1_000 - 86_400 * 800,
    lastIngestAt: NOW_MS / 1_000 - 90,
    backend: 'sqlite',
    bytes: 21_400_000,
    schemaVersion: 1,
    searchUsable: true,
    ...change,
  };
}

export const QR_TEXT = `2@${'Zx9+/kLmNoPqRsTu'.repeat(7)},${'A'.repeat(43)}=,${'B'.repeat(43)}=,${'C'.repeat(43)}=`;
