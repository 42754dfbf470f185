import type { LinkOffer } from '#engines/contract/state.ts';
import type { Times } from '../present/times.ts';
import { qrDataUri, qrPng } from './qr-image.ts';

export interface PublicOffer {
  /** To be typed on the phone. */
  readonly code?: string;
  readonly code_expires_at?: string;
  readonly qr_expires_at?: string;
  /** The picture once more, for clients that show no images. */
  readonly qr_data_uri?: string;
  /** A page that shows the QR and renews it. */
  readonly page_url: string;
}

/** A code as text, a QR as picture. */
export async function presentOffer(offer: LinkOffer, times: Times, pageUrl: string) {
  const expires = times.isoMs(offer.expiresAtMs);
  if (offer.method === 'code') {
    const fields: PublicOffer = { code: offer.code, code_expires_at: expires, page_url: pageUrl };
    return { fields, images: [] };
  }
  const base64 = await qrPng(offer.text);
  const fields: PublicOffer = {
    qr_expires_at: expires,
    qr_data_uri: await qrDataUri(offer.text),
    page_url: pageUrl,
  };
  return { fields, images: [{ mimeType: 'image/png', base64 }] };
}
