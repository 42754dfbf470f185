import { z } from 'zod';
import { engineNameSchema } from '#engines/contract/capability.ts';
import { brief } from './shared/brief.ts';
import { defineTool } from './shared/define.ts';

export const getLinkedDevices = defineTool({
  name: 'get_linked_devices',
  title: 'List linked devices',
  description:
    'Lists the devices that are linked to the phone, and how many more WhatsApp allows. Each engine is one of them.',
  toolset: 'admin',
  scope: 'wa:read',
  hints: { readOnly: true, destructive: false, idempotent: true, openWorld: true },
  input: z.strictObject({}),
  output: z.object({
    devices: z.array(
      brief(
        z.object({
          device_jid: z.string(),
          device_number: z.number(),
          is_phone: z.boolean(),
          is_this_engine: z.boolean(),
          engine: engineNameSchema.optional(),
        }),
      ),
    ),
    listed: z.boolean(),
    count: z.number(),
    limit: z.number(),
    warning: z.enum(['LIMIT_NEAR', 'LIMIT_REACHED']).optional(),
  }),
  aliases: [{ name: 'get_linked_devices_v2' }],
  info: {
    whenToUse: 'Before linking another engine, or when linking fails.',
    examples: [{ title: 'All', arguments: {} }],
    errors: ['NOT_CONNECTED', 'NOT_AUTHENTICATED', 'CAPABILITY_UNAVAILABLE'],
    related: ['authenticate', 'backend_status'],
    pitfalls: [
      'listed false: the engine that answered knows only how many there are.',
      'is_this_engine and engine mark the engine that answered: engines do not know the device number of each other, so the other one looks like any device.',
      'count leaves the phone out; LIMIT_REACHED means that a device must be removed on the phone before another is linked.',
    ],
  },
  run: (_args, { services, signal }) => services.linkedDevices(signal),
});
