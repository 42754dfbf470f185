import { call, onEvent } from './link.js';
import { base64, profile } from './profile.js';
import { define } from './registry.js';
import { Conn, Socket } from './socket.js';

let pairingType = 'QR';

onEvent('ref', ({ ref }) => {
  Conn.set({ ref });
  if (Socket.state !== 'UNPAIRED') Socket.set({ state: 'UNPAIRED' });
});

onEvent('idle', () => Socket.set({ state: 'UNPAIRED_IDLE' }));

define('WABase64', () => ({ encodeB64: base64 }));
define('WAWebCompanionRegClientUtils', () => ({ DEVICE_PLATFORM: '1' }));
define('WAWebAdvSignatureApi', () => ({}));
define('WAWebUserPrefsInfoStore', () => ({
  waNoiseInfo: { get: async () => ({ staticKeyPair: { pubKey: profile.keys.staticKey } }) },
}));
define('WAWebSignalStoreApi', () => ({
  waSignalStore: {
    getRegistrationInfo: async () => ({ identityKeyPair: { pubKey: profile.keys.identityKey } }),
  },
}));
define('WAWebUserPrefsMultiDevice', () => ({ getADVSecretKey: () => base64(profile.keys.advSecret) }));
define('WAWebAltDeviceLinkingApi', () => ({
  setPairingType: (type) => {
    pairingType = type;
  },
  getPairingType: () => pairingType,
  initializeAltDeviceLinking: async () => {},
  startAltLinkingFlow: (phone) => call('request_code', { phone: String(phone) }),
  initializeQRLinking: async () => {
    pairingType = 'QR';
  },
}));
