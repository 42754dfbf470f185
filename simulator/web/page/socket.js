import { Emitter } from './emitter.js';
import { call } from './link.js';
import { Model } from './model.js';
import { define } from './registry.js';

export const Socket = new Model({ state: 'OPENING', stream: 'DISCONNECTED', hasSynced: false });
export const Conn = new Model({
  ref: undefined,
  wid: undefined,
  platform: 'android',
  pushname: undefined,
  battery: 100,
  plugged: true,
});
export const Stream = new Model({ available: false, mode: 'MAIN', info: 'NORMAL' });
export const Cmd = new Emitter();

Object.assign(Socket, {
  logout: async () => {
    await call('log_out');
  },
  reconnect: () => {},
  takeover: () => {},
});

Object.assign(Stream, {
  markAvailable: () => {
    Stream.set({ available: true });
    return call('presence', { available: true });
  },
  markUnavailable: () => {
    Stream.set({ available: false });
    return call('presence', { available: false });
  },
});

Cmd.refreshQR = () => refreshQr();

/** A new QR code also ends the idling. */
export const refreshQr = () => {
  void call('refresh_ref');
  if (Socket.state === 'UNPAIRED_IDLE') Socket.set({ state: 'UNPAIRED' });
};

let progress = 0;

/** How much of what happened while the browser was away has been taken in, in per cent. */
export const showProgress = (percent) => {
  progress = percent;
  Cmd.trigger('offline_progress_update_from_bridge');
};

define('WAWebSocketModel', () => ({ Socket }));
define('WAWebConnModel', () => ({ Conn }));
define('WAWebStreamModel', () => ({ Stream }));
define('WAWebCmd', () => ({ Cmd }));
define('WAWebOfflineHandler', () => ({
  OfflineMessageHandler: { getOfflineDeliveryProgress: () => progress },
}));
define('WAWebLaunchSocketUtils', () => ({ refreshQR: refreshQr }));
