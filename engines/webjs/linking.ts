import type { LinkRequest } from '#engines/contract/kit/link-commands.ts';
import type { LinkDesk } from '#engines/contract/kit/link-desk.ts';
import { TandemError } from '#kernel/errors.ts';
import type { Life } from './life.ts';
import { refreshQr } from './page-acts.ts';
import type { Pulse } from './watchdog.ts';

/** One attempt at linking at a time, from the request to the phone's word. */
export interface Linking {
  method(): LinkRequest['method'] | null;
  begin(how: LinkRequest): void;
  /** Over, however it went. */
  end(): void;
  onQr(text: string, life: Life): void;
  onPulse(pulse: Pulse, life: Life): void;
}

export interface LinkingDeps {
  readonly desk: LinkDesk;
  /** The phone has answered an offer: from here on the page works, and nobody is waited for any more. */
  readonly onConfirmed: () => void;
  readonly onFailed: (error: TandemError) => void;
}

/** The page asks for another code by itself after so long. */
const CODE_VALID_MS = 180_000;

/** What follows after the phone's word, before the page has synced. */
const CONFIRMED = new Set(['PAIRING', 'CONNECTED']);

export function createLinking({ desk, onConfirmed, onFailed }: LinkingDeps): Linking {
  let how: LinkRequest | null = null;
  let codeAsked = false;
  let confirmed = false;

  async function askForCode(phone: string, life: Life): Promise<void> {
    const mine = how;
    life.client.on('code', (code: string) => {
      if (mine === how) desk.showCode(code, CODE_VALID_MS);
    });
    try {
      await life.client.requestPairingCode(phone, true, CODE_VALID_MS);
    } catch (cause) {
      if (mine === how) onFailed(new TandemError('AUTH_PAIRING_FAILED', { engine: 'webjs', cause }));
    }
  }

  return {
    method: () => how?.method ?? null,
    begin: (request) => {
      how = request;
      codeAsked = false;
      confirmed = false;
    },
    end: () => {
      how = null;
    },
    onQr: (text, life) => {
      confirmed = false;
      if (how?.method === 'qr') desk.showQr(text);
      // The page gives out codes once it could show a QR.
      if (how?.method !== 'code' || codeAsked) return;
      codeAsked = true;
      void askForCode(how.phone, life);
    },
    onPulse: ({ state }, life) => {
      if (how === null || state === null) return;
      if (!confirmed && desk.offered() && CONFIRMED.has(state)) {
        confirmed = true;
        onConfirmed();
      }
      if (state !== 'UNPAIRED_IDLE') return;
      // The library means to do this, and asks the wrong side for it.
      life
        .page()
        ?.evaluate(refreshQr)
        .catch(() => life.check());
    },
  };
}
