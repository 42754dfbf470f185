import { z } from 'zod';
import { engineNameSchema } from '#engines/contract/capability.ts';
import { connectionStates } from '#orchestrator/services/status/engine-state.ts';
import { brief } from './shared/brief.ts';
import { defineTool } from './shared/define.ts';
import { errorShape } from './shared/error-shape.ts';

export const getConnectionStatus = defineTool({
  name: 'get_connection_status',
  title: 'Connection status',
  description:
    'Answers "can I use WhatsApp now?": per engine whether it is linked, connected and answering, what it is usable for, and what is in the store. A dead engine is part of the answer, never an error.',
  toolset: 'session',
  scope: 'wa:read',
  hints: { readOnly: true, destructive: false, idempotent: true, openWorld: true },
  input: z.strictObject({
    verify: z
      .boolean()
      .default(true)
      .describe('Make a live round trip to WhatsApp (up to 8 s) instead of trusting what is known.'),
  }),
  output: z.object({
    authenticated: z.boolean(),
    ready: z.boolean(),
    usable_for: z.array(z.string()),
    engines: z.array(
      brief(
        z.object({
          engine: engineNameSchema,
          state: z.enum(connectionStates),
          level: z.string(),
          reason: z.string().optional(),
          action: z.string().optional(),
          own_jid: z.string().optional(),
          own_lid: z.string().optional(),
          own_name: z.string().optional(),
          uptime_s: z.number().optional(),
          probe: z
            .object({ ok: z.boolean(), round_trip_ms: z.number().optional(), error: errorShape.optional() })
            .optional(),
          reconnecting: z.boolean(),
          reconnect_attempts: z.number(),
          next_attempt_at: z.string().optional(),
          last_disconnect: z
            .object({
              code: z.number().optional(),
              reason: z.string(),
              time: z.string(),
              permanent: z.boolean(),
            })
            .optional(),
          errors_last_5_min: z.number(),
          last_error: errorShape.optional(),
        }),
      ),
    ),
    store: brief(
      z.object({
        chats: z.number(),
        messages: z.number(),
        unread: z.number(),
        newest_message: z.string().optional(),
      }),
    ),
    sending: z.enum(['on', 'off']),
    test_server: z.boolean(),
    next_step: z.string().optional(),
  }),
  aliases: [{ name: 'check_auth_status' }],
  info: {
    whenToUse: 'First, when it is not known whether WhatsApp is linked, and after every connection error.',
    examples: [
      { title: 'With a live round trip', arguments: {} },
      { title: 'At once, from what is known', arguments: { verify: false } },
    ],
    errors: [],
    related: ['authenticate', 'backend_status', 'get_sync_status'],
    pitfalls: ['Stored messages can be read while nothing is connected: see usable_for.'],
  },
  run: (args, { services, signal }) => services.connection(args, signal),
});
