import { type QRCodeToBufferOptions, toBuffer } from 'qrcode';

/** Large enough for a phone camera on any screen, small enough for a tool result. */
const QR_SIDE_PIXELS = 512;
/** As text it costs the reader by the character: as small as cameras still take it. */
const SMALL_MODULE_PIXELS = 3;
/** The quiet zone that the standard asks for. */
const MARGIN_MODULES = 4;

/** PNG of a QR code, as base64. */
export function qrPng(text: string): Promise<string> {
  return png(text, { width: QR_SIDE_PIXELS });
}

/** The same, some 2 kB. */
export async function qrDataUri(text: string): Promise<string> {
  return `data:image/png;base64,${await png(text, { scale: SMALL_MODULE_PIXELS })}`;
}

async function png(text: string, size: QRCodeToBufferOptions): Promise<string> {
  // One byte a pixel instead of four. The library hands it on to its encoder; its types do not know.
  const rendererOpts = { colorType: 0 } as NonNullable<QRCodeToBufferOptions['rendererOpts']>;
  return (await toBuffer(text, { type: 'png', margin: MARGIN_MODULES, rendererOpts, ...size })).toString(
    'base64',
  );
}
