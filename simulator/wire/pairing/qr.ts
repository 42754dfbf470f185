/** The parts of the text inside a linking QR code. */
export type QrPayload = {
  readonly ref: string;
  readonly noiseKey: Uint8Array;
  readonly identityKey: Uint8Array;
  readonly advSecret: Uint8Array;
};

const KEY_BYTES = 32;

/** Reads both the plain comma-separated text and the newer one behind a `wa.me` address; null when it is neither. */
export const parseQr = (text: string): QrPayload | null => {
  const [ref, ...encoded] = text.slice(text.indexOf('#') + 1).split(',');
  const [noiseKey, identityKey, advSecret] = encoded.map((part) => Buffer.from(part, 'base64'));
  if (!ref || !noiseKey || !identityKey || !advSecret) return null;
  if ([noiseKey, identityKey, advSecret].some((key) => key.length !== KEY_BYTES)) return null;
  return { ref, noiseKey, identityKey, advSecret };
};
