import type { EngineReason } from '#engines/contract/state.ts';
import { type ErrorCode, TandemError } from '#kernel/errors.ts';
import type { NetworkTrouble } from './socket-end.ts';

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
