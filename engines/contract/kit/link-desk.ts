import type { Clock } from '#kernel/clock.ts';
import { TandemError } from '#kernel/errors.ts';
import type { EngineName } from '../capability.ts';
import type { CommandOutput } from '../command.ts';
import type { LinkOffer } from '../state.ts';
import type { StatusBoard } from './status-board.ts';

type LinkResult = CommandOutput<'link.qr'>;

/** Where those who want to link wait, and where the QR or code is shown. */
export interface LinkDesk {
  showQr(text: string): void;
  showCode(code: string, validMs: number): void;
  /** The phone has confirmed. */
  linked(): void;
  over(error: TandemError): void;
  /** A QR or code was shown since the last `clear`. */
  offered(): boolean;
  clear(): void;
  /** The offer that stands, or the first that comes. Rejects when linking ends first, or after `waitMs`. */
  wait(waitMs: number, signal: AbortSignal): Promise<LinkResult>;
}

/** The library shows the first QR for a minute, the following for 20 seconds. */
const FIRST_QR_MS = 60_000;
const NEXT_QR_MS = 20_000;

export function createLinkDesk(board: StatusBoard, clock: Clock, engine: EngineName): LinkDesk {
  const waiting = new Set<{ resolve(result: LinkResult): void; reject(error: TandemError): void }>();
  let shown = 0;
  const settle = (
    act: (one: { resolve(result: LinkResult): void; reject(error: TandemError): void }) => void,
  ) => {
    for (const one of [...waiting]) act(one);
    waiting.clear();
  };
  const offer = (offered: LinkOffer, reason: 'waiting-for-scan' | 'waiting-for-code') => {
    shown += 1;
    board.set({ level: 'linking', reason, offer: offered, lastError: null });
    settle((one) => one.resolve({ state: 'offered', offer: offered }));
  };
  return {
    showQr: (text) => {
      const validMs = shown === 0 ? FIRST_QR_MS : NEXT_QR_MS;
      offer({ method: 'qr', text, expiresAtMs: clock.now() + validMs }, 'waiting-for-scan');
    },
    showCode: (code, validMs) =>
      offer({ method: 'code', code, expiresAtMs: clock.now() + validMs }, 'waiting-for-code'),
    linked: () => {
      board.set({ offer: null });
      settle((one) => one.resolve({ state: 'linked' }));
    },
    over: (error) => {
      board.set({ offer: null });
      settle((one) => one.reject(error));
    },
    offered: () => shown > 0,
    clear: () => {
      shown = 0;
      board.set({ offer: null });
    },
    wait: (waitMs, signal) =>
      new Promise((resolve, reject) => {
        const standing = board.get().offer;
        if (standing !== null) return resolve({ state: 'offered', offer: standing });
        const leave = () => {
          clearTimeout(timer);
          signal.removeEventListener('abort', late);
          waiting.delete(one);
        };
        const one = {
          resolve: (result: LinkResult) => {
            leave();
            resolve(result);
          },
          reject: (error: TandemError) => {
            leave();
            reject(error);
          },
        };
        const late = () => one.reject(new TandemError('QR_NOT_AVAILABLE', { engine }));
        const timer = setTimeout(late, waitMs);
        signal.addEventListener('abort', late, { once: true });
        waiting.add(one);
      }),
  };
}
