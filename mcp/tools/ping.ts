import { z } from 'zod';
import { defineTool } from './shared/define.ts';
import { OWN_READ } from './shared/hints.ts';

export const ping = defineTool({
  name: 'ping',
  title: 'Ping',
  description:
    'Tells whether the service answers, its version and for how long it runs. Needs no WhatsApp link.',
  toolset: 'admin',
  scope: 'wa:read',
  hints: OWN_READ,
  input: z.strictObject({}),
  output: z.object({
    pong: z.literal(true),
    version: z.string(),
    uptime_s: z.number(),
    time: z.string(),
    time_zone: z.string(),
  }),
  info: {
    whenToUse: 'To see that the service itself is alive. It says nothing about WhatsApp.',
    examples: [{ title: 'Is anybody there?', arguments: {} }],
    errors: [],
    related: ['get_connection_status'],
    pitfalls: ['A pong does not mean that WhatsApp is connected: see get_connection_status.'],
  },
  run: async (_args, { services }) => services.ping(),
});
