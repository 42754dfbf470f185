import type { EngineStatusView, OfferView } from '#console/view/status.ts';
import { type EngineReason, reasonTexts } from '#engines/contract/state.ts';
import { type ErrorCode, fromErrorBody, TandemError } from '#kernel/errors.ts';

/** What happens while an engine is being linked. */
export type LinkEvent =
  | { readonly event: 'offer'; readonly offer: OfferView }
  | { readonly event: 'linked'; readonly engine: EngineStatusView }
  | { readonly event: 'failed'; readonly error: TandemError };

const failures: Readonly<Partial<Record<EngineReason, ErrorCode>>> = {
  forbidden: 'ACCOUNT_BANNED',
  'client-outdated': 'CLIENT_OUTDATED',
  'multidevice-mismatch': 'MULTIDEVICE_MISMATCH',
  'account-mismatch': 'ACCOUNT_MISMATCH',
  replaced: 'SESSION_REPLACED',
  'start-failed': 'ENGINE_START_FAILED',
  'browser-missing': 'BROWSER_MISSING',
};

/**
 * Turns states of one engine into what happened since the last one. An engine counts as linked when it knows its
 * account and is connected: after the scan WhatsApp first asks for a fresh connection.
 */
export function createLinkWatch(): (engine: EngineStatusView) => LinkEvent | null {
  let shown: string | null = null;
  let method: OfferView['method'] | null = null;
  return (engine) => {
    // The phone belongs to another account than this history: by now the engine may be unlinked again for it.
    if (engine.error?.code === 'ACCOUNT_MISMATCH' && (method !== null || engine.linked))
      return { event: 'failed', error: fromErrorBody(engine.error) };
    if (engine.linked && engine.connected) return { event: 'linked', engine };
    if (engine.offer !== null) {
      const key = engine.offer.method === 'qr' ? engine.offer.text : engine.offer.code;
      method = engine.offer.method;
      if (key === shown) return null;
      shown = key;
      return { event: 'offer', offer: engine.offer };
    }
    const code = failureCode(engine, method);
    if (code === null) return null;
    const { means, action } = reasonTexts[engine.reason];
    return {
      event: 'failed',
      error: new TandemError(code, { engine: engine.engine, message: means, hint: action }),
    };
  };
}

function failureCode(engine: EngineStatusView, method: OfferView['method'] | null): ErrorCode | null {
  // Before anything was offered an old reason may still stand there.
  if (engine.reason === 'link-expired' && method !== null) {
    return method === 'code' ? 'AUTH_CODE_EXPIRED' : 'AUTH_QR_EXPIRED';
  }
  return failures[engine.reason] ?? null;
}
