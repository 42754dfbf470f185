import type { EngineReason } from '#engines/contract/state.ts';
import { type ErrorBody, type ErrorCode, TandemError, toErrorBody } from '#kernel/errors.ts';

/** Reasons that wait for a person, as the error that a caller gets meanwhile. */
const CODES: Partial<Record<EngineReason, ErrorCode>> = {
  'link-expired': 'AUTH_QR_EXPIRED',
  'logged-out': 'DEVICE_REMOVED',
  replaced: 'SESSION_REPLACED',
  forbidden: 'ACCOUNT_BANNED',
  'client-outdated': 'CLIENT_OUTDATED',
  'multidevice-mismatch': 'MULTIDEVICE_MISMATCH',
  'stream-error': 'CONNECTION_REJECTED',
  'session-store-failed': 'DATABASE_ERROR',
  'outbox-failed': 'DATABASE_ERROR',
};

/** Null when the reason is nothing to tell a caller. */
export function errorOfReason(reason: EngineReason): ErrorBody | null {
  const code = CODES[reason];
  return code === undefined ? null : toErrorBody(new TandemError(code, { engine: 'baileys' }));
}
