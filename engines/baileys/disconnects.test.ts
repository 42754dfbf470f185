import assert from 'node:assert/strict';
import { type Disconnect, decideDisconnect, STREAM_ERRORS_TOLERATED } from './disconnects.ts';

const linked: Disconnect = {
  code: null,
  network: null,
  linked: true,
  offered: false,
  streamErrors: 0,
  versionRefreshed: false,
};
const linking: Disconnect = { ...linked, linked: false, offered: true };

/** The table of the protocol notes, row by row. */
const rows: readonly (readonly [string, Disconnect, object])[] = [
  ['515 restart', { ...linked, code: 515 }, { do: 'reconnect-now', reason: 'restart-required' }],
  [
    '515 before the phone confirmed',
    { ...linking, code: 515 },
    { do: 'link-over', reason: 'connection-lost' },
  ],
  ['428 closed', { ...linked, code: 428 }, { do: 'reconnect', reason: 'connection-lost', pace: 'normal' }],
  ['408 silence', { ...linked, code: 408 }, { do: 'reconnect', reason: 'connection-lost', pace: 'normal' }],
  ['408 nobody scanned', { ...linking, code: 408 }, { do: 'link-over', reason: 'link-expired' }],
  [
    '408 before any QR',
    { ...linking, offered: false, code: 408 },
    { do: 'link-over', reason: 'connection-lost' },
  ],
  ['503 busy', { ...linked, code: 503 }, { do: 'reconnect', reason: 'service-unavailable', pace: 'slow' }],
  ['503 while linking', { ...linking, code: 503 }, { do: 'link-over', reason: 'connection-lost' }],
  ['500 once', { ...linked, code: 500 }, { do: 'reconnect', reason: 'stream-error', pace: 'normal' }],
  [
    '500 again and again',
    { ...linked, code: 500, streamErrors: STREAM_ERRORS_TOLERATED },
    { do: 'stop', level: 'failed', reason: 'stream-error' },
  ],
  ['440 replaced', { ...linked, code: 440 }, { do: 'stop', level: 'conflict', reason: 'replaced' }],
  ['401 removed', { ...linked, code: 401 }, { do: 'forget', reason: 'logged-out' }],
  ['401 while linking', { ...linking, code: 401 }, { do: 'link-over', reason: 'link-expired' }],
  ['403 banned', { ...linked, code: 403 }, { do: 'stop', level: 'failed', reason: 'forbidden' }],
  ['403 while linking', { ...linking, code: 403 }, { do: 'stop', level: 'failed', reason: 'forbidden' }],
  ['405 first', { ...linked, code: 405 }, { do: 'refresh-version', reason: 'client-outdated' }],
  [
    '405 again',
    { ...linked, code: 405, versionRefreshed: true },
    { do: 'stop', level: 'failed', reason: 'client-outdated' },
  ],
  ['411 mismatch', { ...linked, code: 411 }, { do: 'forget', reason: 'multidevice-mismatch' }],
  [
    'no name server, 408',
    { ...linked, code: 408, network: 'dns' },
    { do: 'reconnect', reason: 'network-unreachable', pace: 'normal' },
  ],
  [
    'no certificate, 500 again and again',
    { ...linked, code: 500, network: 'tls', streamErrors: STREAM_ERRORS_TOLERATED },
    { do: 'reconnect', reason: 'network-unreachable', pace: 'normal' },
  ],
  [
    'no network while linking',
    { ...linking, offered: false, code: 408, network: 'unreachable' },
    { do: 'link-over', reason: 'network-unreachable' },
  ],
  ['unknown code', { ...linked, code: 599 }, { do: 'reconnect', reason: 'connection-lost', pace: 'normal' }],
  ['no code', { ...linked, code: null }, { do: 'reconnect', reason: 'connection-lost', pace: 'normal' }],
];

describe('baileys: disconnects', () => {
  for (const [name, disconnect, action] of rows) {
    it(name, () => assert.deepEqual(decideDisconnect(disconnect), action));
  }
});
