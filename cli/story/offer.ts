import type { OfferView } from '#console/view/status.ts';
import { renderQr } from '../render/qr.ts';
import type { Terminal } from '../render/terminal.ts';

const PHONE_STEPS = {
  qr: 'On the phone: WhatsApp → Settings → Linked devices → Link a device, then scan this code.',
  code: 'On the phone: WhatsApp → Settings → Linked devices → Link a device → Link with phone number instead.',
} as const;

/**
 * Shows a QR code or a pairing code in the live block, so that the next one takes its place. Where nothing can be
 * redrawn, `plainCode` decides whether the pairing code is printed: yes for somebody who asked for it, no in a log.
 */
export function showOffer(terminal: Terminal, offer: OfferView, footer: string, plainCode: boolean): void {
  const { colours } = terminal;
  const seconds = Math.max(0, Math.ceil((Date.parse(offer.expires_at) - Date.now()) / 1_000));
  if (offer.method === 'code') {
    terminal.live(
      [
        PHONE_STEPS.code,
        '',
        `    ${colours.bold(groupCode(offer.code))}`,
        '',
        colours.dim(`valid for ${seconds} s · ${footer}`),
      ],
      plainCode
        ? `Pairing code: ${groupCode(offer.code)}\n${PHONE_STEPS.code}`
        : 'A pairing code waits to be entered.',
    );
    return;
  }
  // A QR code holds a secret of the link; a log that is not a terminal is no place for it.
  terminal.live(
    [PHONE_STEPS.qr, '', ...renderQr(offer.text, colours.enabled), '', colours.dim(footer)],
    `A QR code waits to be scanned. ${footer}`,
  );
}

export function groupCode(code: string): string {
  return code.length === 8 ? `${code.slice(0, 4)}-${code.slice(4)}` : code;
}
