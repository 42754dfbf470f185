import { type AuthenticationCreds, fetchLatestWaWebVersion, type WAVersion } from '@whiskeysockets/baileys';
import { backoffMs } from '#engines/contract/kit/backoff.ts';
import { diskError } from '#engines/contract/kit/disk-error.ts';
import type { LinkRequest } from '#engines/contract/kit/link-commands.ts';
import type { LinkDesk } from '#engines/contract/kit/link-desk.ts';
import { errorOfReason } from '#engines/contract/kit/reason-errors.ts';
import type { Self } from '#engines/contract/kit/self.ts';
import type { StatusBoard } from '#engines/contract/kit/status-board.ts';
import type { EngineReason } from '#engines/contract/state.ts';
import type { Clock } from '#kernel/clock.ts';
import { TandemError, toErrorBody } from '#kernel/errors.ts';
import type { Logger } from '#kernel/logger.ts';
import { accountOf, selfOf } from './account.ts';
import { type AuthStore, keysForSocket } from './auth-store.ts';
import { type DisconnectAction, decideDisconnect } from './disconnects.ts';
import { createDiskRecovery } from './disk-recovery.ts';
import type { GroupCache } from './group-cache.ts';
import type { Intake, IntakeDeps } from './intake.ts';
import type { LibraryLogger } from './library-logger.ts';
import { createLinkAttempt } from './link-attempt.ts';
import { errorOfLostLink } from './lost-link.ts';
import type { SentStore } from './sent-store.ts';
import { openSocket, type WASocket } from './socket.ts';
import { type NetworkTrouble, networkTrouble, refusal, statusOf, withinMs } from './socket-end.ts';
import type { Upstream } from './test-server.ts';

/** Connects, stays connected, and says at every moment what is wrong. At most one socket lives at a time. */
export interface Session {
  /** Connects when a device is linked; returns without waiting for the connection. */
  start(): Promise<void>;
  close(): Promise<void>;
  /** The open connection. Throws ENGINE_STARTING, NOT_AUTHENTICATED, NOT_CONNECTED. */
  open(): WASocket;
  /** The socket that lives now, open or not. */
  socket(): WASocket | null;
  self(): Self;
  isLinked(): boolean;
  /**
   * A new connection with the same session, also where it had been given up. False when there is nothing to start: the
   * disk refuses. Throws ENGINE_STARTING, NOT_AUTHENTICATED.
   */
  reconnect(): boolean;
  /** Starts over with fresh credentials, unless a QR attempt runs already. */
  beginLink(how: LinkRequest): Promise<void>;
  /** Ends the connection and destroys the credentials. */
  forget(reason: EngineReason, level: 'logged-out' | 'unlinked'): Promise<void>;
  /** The disk refuses. Synchronous: after it nothing is acknowledged any more. */
  fail(reason: 'session-store-failed' | 'outbox-failed', error: unknown): void;
}

export interface SessionDeps {
  readonly store: AuthStore;
  readonly board: StatusBoard;
  readonly desk: LinkDesk;
  readonly sent: SentStore;
  readonly groups: GroupCache;
  readonly upstream: Upstream;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly libraryLogger: LibraryLogger;
  readonly linkTimeoutMs: number;
  /** Called for each new socket before its first event. */
  readonly attach: (sock: WASocket, intake: Intake) => void;
  /** What hears the messages of one socket. */
  readonly createIntake: (deps: Pick<IntakeDeps, 'ids' | 'onKeyShare'>) => Intake;
  readonly onLinked: () => void;
  readonly onOpen: (sock: WASocket) => void;
  readonly onClosed: () => void;
  readonly onKey: (sock: WASocket) => void;
  /** True when everything held back is on disk again. */
  readonly canWrite: () => boolean;
}

/** Sockets are told to close and may wait for the server's word; nobody waits longer for them. */
const SOCKET_END_MS = 2_000;

export function createSession(deps: SessionDeps): Session {
  const { store, board, desk, clock, logger } = deps;
  let sock: WASocket | null = null;
  let creds: AuthenticationCreds | null = null;
  /** Events of older sockets are ignored by it. */
  let generation = 0;
  let isOpen = false;
  let started = false;
  let closed = false;
  let streamErrors = 0;
  let version: WAVersion | null = null;
  let versionRefreshed = false;
  let saving: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | null = null;

  const recovery = createDiskRecovery({
    store,
    canWrite: deps.canWrite,
    logger,
    onBack: (found) => {
      creds = found;
      settleDown();
    },
  });
  const link = createLinkAttempt({
    store,
    board,
    desk,
    logger,
    linkTimeoutMs: deps.linkTimeoutMs,
    generation: () => generation,
    hasSocket: () => sock !== null,
    connect: (fresh) => {
      creds = fresh;
      connect();
    },
    letGo: () => void letGo(),
    onOver: (reason, error) => {
      creds = null;
      const lastError =
        reason === 'network-unreachable' ? toErrorBody(error) : errorOfReason('baileys', reason);
      board.set({ level: 'unlinked', reason, lastError });
    },
    onNotCleared: () => {
      if (board.get().level === 'failed') recovery.begin();
    },
  });

  const isLinked = () => creds?.account !== undefined && creds.account !== null && creds.me !== undefined;

  function connect(): void {
    if (sock !== null) void letGo();
    clearTimers();
    const mine = creds;
    if (closed || mine === null) return;
    generation += 1;
    const current = generation;
    const keys = keysForSocket(store, deps.libraryLogger, (error) => {
      if (current === generation) fail('session-store-failed', error);
    });
    const intake = deps.createIntake({
      ids: () => ({ pn: mine.me?.id ?? '', lid: mine.me?.lid ?? '' }),
      onKeyShare: (keyIds) => {
        const newest = keyIds.at(-1);
        if (newest === undefined) return;
        mine.myAppStateKeyId = newest;
        saveCreds(mine, current);
      },
    });
    const next = openSocket({
      creds: mine,
      keys,
      logger: deps.libraryLogger,
      upstream: deps.upstream,
      version,
      sent: deps.sent,
      groups: deps.groups,
      intake,
    });
    sock = next;
    deps.attach(next, intake);
    // The library listens to this event and does nothing, which leaves the handshake open until it times out.
    next.ws.once('unexpected-response', (_request: unknown, response: { readonly statusCode?: number }) => {
      void next.end(refusal(response.statusCode ?? 0)).catch(() => undefined);
    });
    next.ev.on('creds.update', (update) => {
      if (current !== generation) return;
      saveCreds(next.authState.creds, current);
      if (update.myAppStateKeyId) deps.onKey(next);
      if (isOpen && update.me) board.set({ account: accountOf(next.authState.creds) });
    });
    next.ev.on('connection.update', (update) => {
      if (current !== generation) return;
      if (update.qr) link.onQr(next, update.qr);
      if (update.isNewLogin) onPaired();
      if (update.connection === 'open') onOpen(next);
      if (update.connection === 'close') onClose(update.lastDisconnect?.error, current);
    });
  }

  /** Only what the phone has signed is kept: a failed attempt at a code leaves credentials that cannot log in. */
  function saveCreds(changed: AuthenticationCreds, current: number): void {
    if (!changed.account) return;
    // The store has them when the call returns: the library confirms a pairing to the server right after it has told us.
    const work = store.saveCreds(changed);
    saving = Promise.all([saving, work])
      .then(() => undefined)
      .catch((error: unknown) => {
        if (current === generation) fail('session-store-failed', error);
      });
  }

  function onPaired(): void {
    link.onPaired();
    deps.onLinked();
    board.set({ level: 'connecting', reason: 'restart-required', offer: null });
    desk.linked();
  }

  function onOpen(from: WASocket): void {
    isOpen = true;
    streamErrors = 0;
    versionRefreshed = false;
    const { sync } = board.get();
    board.set({
      level: sync.phase === 'done' ? 'ready' : 'syncing',
      reason: 'none',
      account: accountOf(from.authState.creds),
      connectedSinceMs: clock.now(),
      reconnectAttempts: 0,
      nextAttemptAtMs: null,
      lastError: null,
    });
    deps.onOpen(from);
  }

  function onClose(error: unknown, current: number): void {
    const code = statusOf(error);
    const network = networkTrouble(error);
    // Credentials must be on disk before they are used to log in again.
    void saving.then(() => {
      if (current !== generation || closed) return;
      const linked = isLinked();
      const action = decideDisconnect({
        code,
        network,
        linked,
        offered: desk.offered(),
        streamErrors,
        versionRefreshed,
      });
      const { reason } = action;
      void letGo();
      logger.info('connection closed', { status: code, network, action: action.do, reason, linked });
      board.set({ lastDisconnect: { code, reason, atMs: clock.now() } });
      if (reason === 'stream-error') streamErrors += 1;
      act(action, network);
    });
  }

  function act(action: DisconnectAction, network: NetworkTrouble | null): void {
    const { reason } = action;
    switch (action.do) {
      case 'reconnect-now':
        board.set({ level: 'connecting', reason });
        connect();
        return;
      case 'reconnect': {
        const attempts = board.get().reconnectAttempts + 1;
        const pause = backoffMs(attempts, action.pace, deps.random());
        board.set({
          level: 'recovering',
          reason,
          reconnectAttempts: attempts,
          nextAttemptAtMs: clock.now() + pause,
          ...(network === null ? {} : { lastError: toErrorBody(errorOfLostLink(reason, network)) }),
        });
        timer = setTimeout(connect, pause);
        return;
      }
      case 'refresh-version': {
        board.set({ level: 'recovering', reason });
        versionRefreshed = true;
        const mine = generation;
        void refreshVersion()
          .catch((error: unknown) => logger.warn('newest version not read', { error }))
          .then(() => {
            if (mine === generation) connect();
          });
        return;
      }
      case 'forget':
        void forget(reason, 'logged-out');
        return;
      case 'stop':
        board.set({ level: action.level, reason, lastError: errorOfReason('baileys', reason) });
        return;
      case 'link-over':
        link.onLost(reason, errorOfLostLink(reason, network));
    }
  }

  async function refreshVersion(): Promise<void> {
    // Its address is WhatsApp's own; with a test server there is none to ask.
    if (deps.upstream.isTestServer) return;
    const latest = await fetchLatestWaWebVersion();
    if (latest.isLatest) version = latest.version;
  }

  /** Lets the socket go without waiting for it; its events count no more. */
  function letGo(): Promise<void> {
    const gone = sock;
    generation += 1;
    sock = null;
    isOpen = false;
    clearTimers();
    board.set({ connectedSinceMs: null });
    deps.onClosed();
    return gone === null ? Promise.resolve() : withinMs(gone.end(undefined), SOCKET_END_MS);
  }

  function clearTimers(): void {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    link.clearTimers();
    recovery.stop();
    board.set({ nextAttemptAtMs: null });
  }

  function fail(reason: 'session-store-failed' | 'outbox-failed', error: unknown): void {
    if (closed || (board.get().level === 'failed' && board.get().reason === reason)) return;
    logger.error('the disk refuses, so the engine stopped listening', { reason, error });
    void letGo();
    board.set({ level: 'failed', reason, lastError: toErrorBody(diskError('baileys', error)) });
    recovery.begin();
  }

  function settleDown(): void {
    if (isLinked()) {
      board.set({
        level: 'connecting',
        reason: 'none',
        account: creds === null ? null : accountOf(creds),
        lastError: null,
      });
      connect();
    } else {
      creds = null;
      board.set({ level: 'unlinked', reason: 'not-linked', account: null, lastError: null });
    }
  }

  async function forget(reason: EngineReason, level: 'logged-out' | 'unlinked'): Promise<void> {
    void letGo();
    const mine = generation;
    creds = null;
    try {
      await saving;
      await store.clear();
    } catch (error) {
      return fail('session-store-failed', error);
    }
    deps.groups.clear();
    if (mine !== generation) return;
    board.set({
      level,
      reason,
      account: null,
      lastError: errorOfReason('baileys', reason),
      reconnectAttempts: 0,
    });
  }

  return {
    start: async () => {
      creds = await store.loadCreds();
      started = true;
      settleDown();
    },
    close: async () => {
      closed = true;
      const gone = letGo();
      desk.over(new TandemError('SHUTTING_DOWN', { engine: 'baileys' }));
      await saving;
      await gone;
      board.set({ level: 'stopped', reason: 'none' });
    },
    open: () => {
      if (!started) throw new TandemError('ENGINE_STARTING', { engine: 'baileys' });
      if (!isLinked()) throw new TandemError('NOT_AUTHENTICATED', { engine: 'baileys' });
      if (sock === null || !isOpen) {
        throw new TandemError('NOT_CONNECTED', {
          engine: 'baileys',
          details: { reason: board.get().reason },
        });
      }
      return sock;
    },
    reconnect: () => {
      if (!started || closed) throw new TandemError('ENGINE_STARTING', { engine: 'baileys' });
      if (!isLinked()) throw new TandemError('NOT_AUTHENTICATED', { engine: 'baileys' });
      const { level, reason } = board.get();
      if (level === 'failed' && (reason === 'session-store-failed' || reason === 'outbox-failed'))
        return false;
      // What was saved last must be on disk before it is used to log in again.
      void letGo();
      streamErrors = 0;
      versionRefreshed = false;
      const mine = generation;
      void saving.then(() => {
        if (mine === generation && !closed) settleDown();
      });
      return true;
    },
    socket: () => sock,
    self: () => (creds === null ? { pn: null, lid: null } : selfOf(creds)),
    isLinked,
    beginLink: async (how) => {
      if (!started || closed) throw new TandemError('ENGINE_STARTING', { engine: 'baileys' });
      await link.begin(how);
    },
    forget,
    fail,
  };
}
