import { entry } from './entry.ts';

/** Linking and losing a device. */
export const linking = {
  NOT_AUTHENTICATED: entry(
    401,
    false,
    'No WhatsApp account is linked to this engine.',
    'Call authenticate (or run `tandem link`) and scan the QR code or enter the pairing code on the phone.',
  ),
  AUTH_RATE_LIMITED: entry(
    429,
    true,
    'Too many attempts to link a device.',
    'Wait for the time given, then try once; do not loop.',
  ),
  AUTH_COOLDOWN: entry(
    429,
    true,
    'Linking rests after repeated failures.',
    'Wait for the time given before the next attempt.',
  ),
  AUTH_PAIRING_FAILED: entry(
    400,
    true,
    'WhatsApp refused the pairing.',
    'Check the phone number, or link by QR code instead.',
  ),
  AUTH_CODE_EXPIRED: entry(408, true, 'The pairing code has expired.', 'Ask for a new code.'),
  AUTH_QR_EXPIRED: entry(
    408,
    true,
    'No QR code was scanned in time.',
    'Call authenticate again and scan the new QR code.',
  ),
  AUTH_LINK_TIMEOUT: entry(
    408,
    true,
    'The link was not confirmed on the phone in time.',
    'Open WhatsApp on the phone, Linked devices, and try again.',
  ),
  DEVICE_REMOVED: entry(
    410,
    false,
    'This device was removed from the account on the phone, or logged out.',
    'Link the engine again; stored messages are kept.',
  ),
  SESSION_REPLACED: entry(
    409,
    false,
    'Another process is connected with the same device credentials.',
    'Stop the other process, then restart this engine.',
  ),
  ACCOUNT_BANNED: entry(
    403,
    false,
    'WhatsApp refuses this account.',
    'Open WhatsApp on the phone and follow what it says; Tandem does not retry by itself.',
  ),
  MULTIDEVICE_MISMATCH: entry(
    409,
    false,
    'The phone does not support linked devices of this kind.',
    'Update WhatsApp on the phone and link again.',
  ),
  ACCOUNT_MISMATCH: entry(
    409,
    false,
    'The engine is linked to another account than the one this data directory holds.',
    'Unlink it and link it with the right phone, or use another data directory.',
  ),
  QR_NOT_AVAILABLE: entry(
    404,
    true,
    'There is no QR code to show yet.',
    'Call authenticate, or wait some seconds and ask again.',
  ),
  LOGOUT_PARTIAL: entry(
    207,
    false,
    'The local session is gone, but WhatsApp did not confirm the logout.',
    'Remove the device on the phone under Linked devices.',
  ),
} as const;
