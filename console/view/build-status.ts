import { tryParseJid } from '#engines/contract/identity.ts';
import {
  type EngineLevel,
  type EngineReason,
  type EngineStatus,
  isConnected,
  reasonTexts,
} from '#engines/contract/state.ts';
import type { HistoryOverview, MessageStatistics } from '#history/contracts/history.ts';
import type { ErrorBody } from '#kernel/errors.ts';
import type { EngineView } from '#orchestrator/services/ports.ts';
import type { EngineStatusView, OfferView, StatusView } from './status.ts';

/** What the status tells of the store. */
export interface StoreFacts {
  readonly overview: HistoryOverview;
  readonly contributions: Pick<MessageStatistics, 'perEngine' | 'sharedByEngines'>;
}

/** Everything that the status is made of, gathered at one moment. */
export interface StatusFacts {
  readonly version: string;
  readonly pid: number;
  readonly startedAtMs: number;
  readonly sending: boolean;
  readonly testServer: boolean;
  readonly mcpUrl: string;
  readonly engines: readonly EngineView[];
  readonly store: StoreFacts | null;
  readonly storeError: ErrorBody | null;
  readonly messagesPerSecond: number;
  readonly pending: number;
  readonly sessions: number;
}

export function buildStatus(facts: StatusFacts): StatusView {
  const engines = facts.engines.map((view) => engineView(view, facts.store));
  const ready = engines.some((engine) => engine.connected);
  return {
    version: facts.version,
    pid: facts.pid,
    started_at: iso(facts.startedAtMs),
    ready,
    degraded: ready && engines.some((engine) => !engine.connected || engine.level === 'degraded'),
    sending: facts.sending,
    test_server: facts.testServer || facts.engines.some((engine) => engine.status?.testServer === true),
    mcp_url: facts.mcpUrl,
    engines,
    store: facts.store === null ? null : storeView(facts.store),
    store_error: facts.storeError,
    ingest: {
      messages_per_second: facts.messagesPerSecond,
      pending: facts.pending,
    },
    sessions: facts.sessions,
  };
}

/** `…1234`: enough to recognise the own phone, too little to be worth a screenshot. */
export function maskNumber(jid: string | null): string | null {
  const user = jid === null ? null : (tryParseJid(jid)?.user ?? null);
  return user === null ? null : `…${user.slice(-4)}`;
}

/** The words of the reason, except where the place says more. */
function actionOf(view: EngineView, level: EngineLevel, reason: EngineReason): string {
  if (reason === 'start-failed' && view.error !== null) return view.error.hint;
  // Without a session nothing reconnects by itself: a person has to start the linking again.
  if (level === 'unlinked' && RECONNECTING.has(reason)) return reasonTexts['not-linked'].action;
  return reasonTexts[reason].action;
}

const RECONNECTING: ReadonlySet<EngineReason> = new Set([
  'restart-required',
  'connection-lost',
  'service-unavailable',
  'stream-error',
]);

/** An account may still be known there, but no session. */
const WITHOUT_LINK: ReadonlySet<EngineLevel> = new Set(['unlinked', 'linking', 'logged-out']);

function engineView(view: EngineView, store: StoreFacts | null): EngineStatusView {
  const { level, reason } = placeOf(view);
  // What a process said before it ended no longer holds, except whose account it was.
  const status = view.processUp ? view.status : null;
  const account = view.status?.account ?? null;
  return {
    engine: view.engine,
    level,
    reason,
    means: reasonTexts[reason].means,
    action: actionOf(view, level, reason),
    since: isoOrNull(status?.sinceMs ?? null),
    pid: status?.pid ?? null,
    linked: account !== null && !WITHOUT_LINK.has(level),
    connected: view.reachable && isConnected(level),
    account:
      account === null ? null : { number: maskNumber(account.pn ?? account.lid), name: account.pushName },
    offer: status === null || status.offer === null ? null : offerView(status.offer),
    sync: status?.sync ?? { phase: 'waiting', percent: null, chats: 0, messages: 0 },
    connected_since: isoOrNull(status?.connectedSinceMs ?? null),
    last_disconnect: disconnectView(view.status),
    reconnect_attempts: status?.reconnectAttempts ?? 0,
    next_attempt_at: isoOrNull(status?.nextAttemptAtMs ?? null),
    error: level === 'starting' ? null : (view.error ?? status?.lastError ?? null),
    impaired: (status?.impaired ?? []).map(({ capability, error, sinceMs }) => ({
      capability,
      error,
      since: iso(sinceMs),
    })),
    contributed: store === null ? null : contributionOf(view, store),
    browser: browserView(status),
    recovery:
      view.recovery === null
        ? null
        : {
            mode: view.recovery.mode,
            state: view.recovery.state,
            started_at: iso(view.recovery.startedAtMs),
          },
    self_tests: view.selfTests.map(({ check, capability, state, code }) => ({
      check,
      capability,
      state,
      code,
    })),
  };
}

function contributionOf({ engine }: EngineView, { contributions }: StoreFacts) {
  const found = contributions.perEngine.find((one) => one.engine === engine);
  return { messages: found?.messages ?? 0, only: found?.only ?? 0 };
}

function browserView(status: EngineStatus | null): EngineStatusView['browser'] {
  const browser = status?.browser ?? null;
  if (browser === null) return null;
  const { pid, executable, version, pageVersion, restarts, lastPageError } = browser;
  return {
    pid,
    executable,
    version,
    page_version: pageVersion,
    restarts,
    last_page_error:
      lastPageError === null ? null : { name: lastPageError.name, at: iso(lastPageError.atMs) },
  };
}

const NEEDS_A_PERSON: ReadonlySet<string> = new Set([
  'ENGINE_START_FAILED',
  'CONFIG_INVALID',
  'ENGINE_PROTOCOL',
]);

/** Level and reason, also when the process cannot say them itself. */
function placeOf(view: EngineView): { readonly level: EngineLevel; readonly reason: EngineReason } {
  if (view.status !== null && view.processUp) return view.status;
  if (view.processUp || view.error === null || view.error.code === 'ENGINE_STARTING') {
    return { level: 'starting', reason: 'none' };
  }
  if (view.error.code === 'ENGINE_SECRET_WRONG') return { level: 'failed', reason: 'secret-refused' };
  if (NEEDS_A_PERSON.has(view.error.code)) return { level: 'failed', reason: 'start-failed' };
  if (view.error.details?.elsewhere === true) return { level: 'recovering', reason: 'away' };
  const state = view.error.details?.state;
  if (state === 'stopped' || state === 'stopping') return { level: 'stopped', reason: 'none' };
  return { level: 'recovering', reason: 'process-died' };
}

function offerView(offer: NonNullable<EngineStatus['offer']>): OfferView {
  const expires_at = iso(offer.expiresAtMs);
  return offer.method === 'qr'
    ? { method: 'qr', text: offer.text, expires_at }
    : { method: 'code', code: offer.code, expires_at };
}

function disconnectView(status: EngineStatus | null): EngineStatusView['last_disconnect'] {
  if (status === null || status.lastDisconnect === null) return null;
  const { code, reason, atMs } = status.lastDisconnect;
  return { code, reason, means: reasonTexts[reason].means, at: iso(atMs) };
}

function storeView({ overview: store, contributions }: StoreFacts): NonNullable<StatusView['store']> {
  return {
    messages: store.messages,
    chats: store.chats,
    people: store.people,
    media: store.media,
    unread: store.unread,
    newest_message_at: isoSeconds(store.newestMessageAt),
    oldest_message_at: isoSeconds(store.oldestMessageAt),
    last_ingest_at: isoSeconds(store.lastIngestAt),
    backend: store.backend,
    bytes: store.bytes,
    search_usable: store.searchUsable,
    shared: contributions.sharedByEngines,
  };
}

const iso = (ms: number) => new Date(ms).toISOString();
const isoOrNull = (ms: number | null) => (ms === null ? null : iso(ms));
const isoSeconds = (seconds: number | null) => (seconds === null ? null : iso(seconds * 1_000));
