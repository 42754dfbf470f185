import { z } from 'zod';
import { engineNameSchema } from '#engines/contract/capability.ts';
import { engineArgument } from './shared/arguments.ts';
import { brief } from './shared/brief.ts';
import { defineTool } from './shared/define.ts';
import { errorShape } from './shared/error-shape.ts';
import { OWN_READ } from './shared/hints.ts';

export const backendStatus = defineTool({
  name: 'backend_status',
  title: 'Engine status',
  description:
    'Shows each engine: is its process up, does it answer, is it linked and connected; on request what it can do and which engine would serve what. Available means linked, connected and answering.',
  toolset: 'session',
  scope: 'wa:read',
  hints: OWN_READ,
  input: z.strictObject({
    engine: engineArgument.optional(),
    include_capabilities: z.boolean().default(false).describe('List what each engine can do.'),
    include_routing: z.boolean().default(false).describe('List which engine would serve each operation.'),
  }),
  output: z.object({
    overall: z.enum(['ok', 'degraded', 'error']),
    available_count: z.number(),
    engines: z.array(
      brief(
        z.object({
          name: engineNameSchema,
          status: z.enum(['ok', 'degraded', 'error', 'unreachable']),
          process_up: z.boolean(),
          api_responsive: z.boolean(),
          authenticated: z.boolean(),
          whatsapp_connected: z.boolean(),
          response_ms: z.number().optional(),
          last_check: z.string().optional(),
          version: z.string().optional(),
          details: z.string().optional(),
          error: errorShape.optional(),
          capabilities: z.array(z.string()).optional(),
        }),
      ),
    ),
    routing: z
      .array(
        brief(
          z.object({
            operation: z.string(),
            engines: z.array(engineNameSchema),
            excluded: z.array(z.object({ engine: engineNameSchema, code: z.string() })).optional(),
          }),
        ),
      )
      .optional(),
  }),
  argumentAliases: { backend: 'engine' },
  aliases: [{ name: 'check_bridge_status' }],
  info: {
    whenToUse: 'When calls fail with ENGINE_… or NO_HEALTHY_ENGINE, or to see who would serve what.',
    examples: [
      { title: 'All engines', arguments: {} },
      { title: 'Who serves what', arguments: { include_routing: true } },
    ],
    errors: ['VALIDATION_ERROR'],
    related: ['get_connection_status', 'run_diagnostics'],
    pitfalls: ['A running process is not a connected engine: look at whatsapp_connected.'],
  },
  run: (args, { services }) => services.backends(args),
});
