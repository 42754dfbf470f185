import type { LinkedDevice, WireModule } from '../contract.ts';
import type { DeviceRegistry } from '../devices.ts';
import { userJid } from '../identity.ts';
import { node } from '../nodes.ts';

/** Tells the other companions who joined and who left: they encrypt for each other by that list. */
export const createDeviceNotifications = (registry: DeviceRegistry): WireModule => {
  const tell = (change: 'add' | 'remove', device: LinkedDevice): void => {
    // Clients keep one list for each identity of the account.
    for (const jid of [device.pnJid, device.lidJid]) {
      registry.broadcast(
        node('notification', { type: 'devices', from: userJid(jid) }, [
          node(change, { device_hash: '2:simulator' }, [
            node('device', { jid, 'key-index': String(device.id) }),
          ]),
        ]),
        { except: device },
      );
    }
  };
  const stops = [
    registry.onLinked((device) => tell('add', device)),
    registry.onRemoved((device) => tell('remove', device)),
  ];
  return {
    name: 'devices',
    iqs: [],
    close: () => {
      for (const stop of stops) stop();
    },
  };
};
