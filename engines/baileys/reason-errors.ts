import type { EngineReason } from '#engines/contract/state.ts';
import { type ErrorBody, type ErrorCode, TandemError, toErrorBody } from '#kernel/errors.ts';
import type { NetworkTrouble } from './socket-end.ts';

/** Reasons that wait for a person, as the error that a caller gets meanwhile. */
const CODES: Partial<Record<EngineReason, ErrorCode>> = {
  'link-expired': 'AUTH_QR_EXPIRED',
  'logged-out': 'DEVICE_REMOVED',
  replaced: 'SESSION_REPLACED',
  forbidden: 'ACCOUNT_BANNED',
  'client-outdated': 'CLIENT_OUTDATED',
  'multidevice-mismatch': 'MULTIDEVICE_MISMATCH',
  'stream-error': 'CONNECTION_REJECTED',
};

const NETWORK_CODES: Readonly<Record<NetworkTrouble, ErrorCode>> = {
  dns: 'CONNECTION_DNS_FAILED',
  unreachable: 'CONNECTION_REJECTED',
  tls: 'CONNECTION_TLS_FAILED',
};

/** What a caller gets when a link attempt ended with its connection. */
export function errorOfLostLink(reason: EngineReason, network: NetworkTrouble | null): TandemError {
  const code = network === null ? 'CONNECTION_REJECTED' : NETWORK_CODES[network];
  return new TandemError(reason === 'link-expired' ? 'AUTH_QR_EXPIRED' : code, { engine: 'baileys' });
}

const SQLITE_CODES: readonly (readonly [RegExp, ErrorCode])[] = [
  [/^SQLITE_FULL/, 'DB_DISK_FULL'],
  [/^SQLITE_(READONLY|CANTOPEN|PERM)/, 'DB_READ_ONLY'],
  [/^SQLITE_(CORRUPT|NOTADB)/, 'DB_CORRUPT'],
  [/^SQLITE_(BUSY|LOCKED)/, 'DB_LOCKED'],
];

/** What a database of the engine threw, as an error with a code and a next step. */
export function diskError(cause: unknown): TandemError {
  if (cause instanceof TandemError) return cause;
  const { code } = (cause ?? {}) as { code?: unknown };
  const reason = typeof code === 'string' ? code : 'unknown';
  const known = SQLITE_CODES.find(([pattern]) => pattern.test(reason));
  return new TandemError(known?.[1] ?? 'DATABASE_ERROR', { engine: 'baileys', details: { reason }, cause });
}

/** Null when the reason is nothing to tell a caller. */
export function errorOfReason(reason: EngineReason): ErrorBody | null {
  const code = CODES[reason];
  return code === undefined ? null : toErrorBody(new TandemError(code, { engine: 'baileys' }));
}
