import { type AuthenticationCreds, initAuthCreds } from '@whiskeysockets/baileys';
import type { LinkRequest } from '#engines/contract/kit/link-commands.ts';
import type { LinkDesk } from '#engines/contract/kit/link-desk.ts';
import type { StatusBoard } from '#engines/contract/kit/status-board.ts';
import type { EngineReason } from '#engines/contract/state.ts';
import { TandemError } from '#kernel/errors.ts';
import type { Logger } from '#kernel/logger.ts';
import type { AuthStore } from './auth-store.ts';
import type { WASocket } from './socket.ts';

/** One try to become a linked device: fresh credentials, a connection, a QR or code, and a phone that confirms. */
export interface LinkAttempt {
  /**
   * Starts over with fresh credentials, unless a QR attempt runs already. Throws AUTH_PAIRING_FAILED when another
   * request came first: the later one wins.
   */
  begin(how: LinkRequest): Promise<void>;
  /** The server offers a QR code on this connection. */
  onQr(from: WASocket, text: string): void;
  /** The phone has confirmed. */
  onPaired(): void;
  /** The connection went without a device. */
  onLost(reason: EngineReason, error: TandemError): void;
  /** Nothing of it may happen later; whoever waits goes on waiting. */
  clearTimers(): void;
}

export interface LinkAttemptDeps {
  readonly store: AuthStore;
  readonly board: StatusBoard;
  readonly desk: LinkDesk;
  readonly logger: Logger;
  readonly linkTimeoutMs: number;
  /** Counts up whenever a socket comes or goes. */
  readonly generation: () => number;
  readonly hasSocket: () => boolean;
  readonly connect: (creds: AuthenticationCreds) => void;
  /** Lets the socket go; its events count no more. */
  readonly letGo: () => void;
  /** Nothing is linked, nothing is tried. */
  readonly onOver: (reason: EngineReason, error: TandemError) => void;
  /** The old session could not be removed. */
  readonly onNotCleared: () => void;
}

/** WhatsApp now and then refuses a code, or the connection breaks while it is made; the next one mostly goes well. */
const CODE_TRIES = 2;
const CODE_PAUSE_MS = 3_000;

interface Attempt {
  readonly how: LinkRequest;
  triesLeft: number;
  code: 'none' | 'asked' | 'shown';
}

export function createLinkAttempt(deps: LinkAttemptDeps): LinkAttempt {
  const { store, board, desk, generation } = deps;
  let running: Attempt | null = null;
  /** The request that waits for the disk. */
  let clearing: Promise<void> | null = null;
  let linkTimer: NodeJS.Timeout | null = null;
  let pauseTimer: NodeJS.Timeout | null = null;

  function clearTimers(): void {
    if (linkTimer !== null) clearTimeout(linkTimer);
    if (pauseTimer !== null) clearTimeout(pauseTimer);
    linkTimer = null;
    pauseTimer = null;
  }

  function over(reason: EngineReason, error: TandemError): void {
    deps.letGo();
    running = null;
    deps.onOver(reason, error);
    desk.over(error);
    desk.clear();
  }

  async function start(attempt: Attempt, mine: number): Promise<void> {
    try {
      await store.clear();
    } catch (error) {
      if (mine === generation()) {
        running = null;
        deps.onNotCleared();
      }
      throw error;
    }
    if (mine !== generation()) throw new TandemError('AUTH_PAIRING_FAILED', { engine: 'baileys' });
    connect(attempt);
  }

  function connect(attempt: Attempt): void {
    attempt.triesLeft -= 1;
    attempt.code = 'none';
    board.set({ level: 'linking', reason: 'none', account: null, lastError: null, offer: null });
    // A request for a code leaves credentials that cannot log in: each try has its own.
    deps.connect(initAuthCreds());
    const current = generation();
    linkTimer = setTimeout(() => {
      if (current !== generation()) return;
      over('link-expired', new TandemError('AUTH_LINK_TIMEOUT', { engine: 'baileys' }));
    }, deps.linkTimeoutMs);
  }

  async function requestCode(attempt: Attempt, phone: string, from: WASocket): Promise<void> {
    const current = generation();
    attempt.code = 'asked';
    try {
      const code = await from.requestPairingCode(phone);
      if (current !== generation()) return;
      attempt.code = 'shown';
      desk.showCode(code, deps.linkTimeoutMs);
    } catch (cause) {
      if (current === generation()) codeFailed(attempt, cause);
    }
  }

  function codeFailed(attempt: Attempt, cause: unknown): void {
    deps.logger.warn('no pairing code', { error: cause, triesLeft: attempt.triesLeft });
    if (attempt.triesLeft === 0) {
      over('link-expired', new TandemError('AUTH_PAIRING_FAILED', { engine: 'baileys', cause }));
      return;
    }
    deps.letGo();
    const mine = generation();
    pauseTimer = setTimeout(() => {
      if (mine === generation()) connect(attempt);
    }, CODE_PAUSE_MS);
  }

  return {
    begin: async (how) => {
      if (how.method === 'qr' && running?.how.method === 'qr') {
        if (clearing !== null) return await clearing;
        if (deps.hasSocket()) return;
      }
      if (running !== null) desk.over(new TandemError('AUTH_PAIRING_FAILED', { engine: 'baileys' }));
      deps.letGo();
      desk.clear();
      running = { how, triesLeft: how.method === 'code' ? CODE_TRIES : 1, code: 'none' };
      const begun = start(running, generation()).finally(() => {
        if (clearing === begun) clearing = null;
      });
      clearing = begun;
      await begun;
    },
    onQr: (from, text) => {
      if (running?.how.method === 'qr') desk.showQr(text);
      // The server takes a request for a code only after it has offered QR codes.
      else if (running?.how.method === 'code' && running.code === 'none') {
        void requestCode(running, running.how.phone, from);
      }
    },
    onPaired: () => {
      clearTimers();
      running = null;
    },
    onLost: (reason, error) => {
      if (running?.code === 'asked') codeFailed(running, error);
      else over(reason, error);
    },
    clearTimers,
  };
}
