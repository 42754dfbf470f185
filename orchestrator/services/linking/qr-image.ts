import { toBuffer } from 'qrcode';

/** Large enough for a phone camera on any screen, small enough for a tool result. */
const QR_SIDE_PIXELS = 512;

/** PNG of a QR code, as base64. */
export async function qrPng(text: string): Promise<string> {
  const png = await toBuffer(text, { type: 'png', width: QR_SIDE_PIXELS, margin: 2 });
  return png.toString('base64');
}
