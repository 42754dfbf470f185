import type { WireModule } from '../contract.ts';
import type { DeviceRegistry } from '../devices.ts';
import { deviceOf } from '../identity.ts';
import { node } from '../nodes.ts';

const MEDIA_TTL_SECONDS = 3_600;
const MEDIA_AUTH_TTL_SECONDS = 21_600;
const MAX_UPLOAD_BYTES = 2_147_483_648;

export type SessionQueryDeps = {
  readonly registry: DeviceRegistry;
  /** `127.0.0.1:45123` */
  readonly mediaHostname: () => string;
};

/** What every client asks around login, whatever account is behind: presence of a server, not of data. */
export const createSessionQueries = ({ registry, mediaHostname }: SessionQueryDeps): WireModule => ({
  name: 'session',
  iqs: [
    { xmlns: 'passive', handle: () => [] },
    { xmlns: 'w:p', handle: () => [] },
    { xmlns: 'w:stats', handle: () => [] },
    { xmlns: 'urn:xmpp:whatsapp:dirty', handle: () => [] },
    { xmlns: 'abt', handle: () => [node('props', { protocol: '1', hash: 'simulator' })] },
    {
      xmlns: 'w:m',
      handle: () => [
        node(
          'media_conn',
          {
            auth: 'simulator',
            auth_ttl: String(MEDIA_AUTH_TTL_SECONDS),
            ttl: String(MEDIA_TTL_SECONDS),
            max_buckets: '12',
            id: '1',
          },
          [node('host', { hostname: mediaHostname(), maxContentLengthBytes: String(MAX_UPLOAD_BYTES) })],
        ),
      ],
    },
    {
      xmlns: 'md',
      child: 'remove-companion-device',
      handle: ({ child: request }) => {
        const companion = registry.byId(deviceOf(request?.attrs.jid ?? ''));
        // The answer goes out first: the device that logs itself out still waits for it.
        if (companion) setImmediate(() => registry.remove(companion, deviceRemoved));
        return [];
      },
    },
  ],
});

/** The last thing a device hears that was unlinked, from whichever side. */
export const deviceRemoved = node('stream:error', { code: '401' }, [
  node('conflict', { type: 'device_removed' }),
]);
