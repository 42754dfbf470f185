import type { OfferView } from '#console/view/status.ts';
import { renderQr } from '../render/qr.ts';
import type { Terminal } from '../render/terminal.ts';

const PHONE_STEPS = {
  qr: 'On the phone: WhatsApp → Settings → Linked devices → Link a device, then scan this code.',
  code: 'On the phone: WhatsApp → Settings → Linked devices → Link a device → Link with phone number instead.',
} as const;

/** What stands in the live block, and what is printed once where nothing can be redrawn. */
export interface LiveBlock {
  readonly lines: readonly string[];
  readonly plain: string | null;
}

export interface OfferWords {
  readonly footer: string;
  /** Whether plain output prints a pairing code: yes for somebody who asked for it, no in a log. */
  readonly plainCode: boolean;
  /** Which device this is, where there are several. */
  readonly heading: string | null;
}

/** A QR code or a pairing code as a block, so that the next one takes its place. */
export function offerBlock(
  { colours }: Terminal,
  offer: OfferView,
  { footer, plainCode, heading }: OfferWords,
): LiveBlock {
  const title = heading === null ? [] : [colours.bold(heading), ''];
  const named = heading === null ? '' : `${heading} `;
  if (offer.method === 'code') {
    const seconds = Math.max(0, Math.ceil((Date.parse(offer.expires_at) - Date.now()) / 1_000));
    const code = groupCode(offer.code);
    return {
      lines: [
        ...title,
        PHONE_STEPS.code,
        '',
        `    ${colours.bold(code)}`,
        '',
        colours.dim(`valid for ${seconds} s${footer === '' ? '' : ` · ${footer}`}`),
      ],
      plain: plainCode
        ? `${named}Pairing code: ${code}\n${PHONE_STEPS.code}`
        : `${named}A pairing code waits to be entered.`,
    };
  }
  return {
    lines: [...title, PHONE_STEPS.qr, '', ...renderQr(offer.text, colours.enabled), '', colours.dim(footer)],
    // A QR code holds a secret of the link; a log that is not a terminal is no place for it.
    plain: `${named}A QR code waits to be scanned. ${footer}`,
  };
}

export function groupCode(code: string): string {
  return code.length === 8 ? `${code.slice(0, 4)}-${code.slice(4)}` : code;
}
