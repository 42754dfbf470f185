import { z } from 'zod';
import { engineNameSchema } from '#engines/contract/capability.ts';
import { recoveryModes } from '#orchestrator/services/ports.ts';
import { connectionStates } from '#orchestrator/services/status/engine-state.ts';
import { engineArgument } from './shared/arguments.ts';
import { brief } from './shared/brief.ts';
import { defineTool } from './shared/define.ts';
import { errorShape } from './shared/error-shape.ts';
import { OWN_READ } from './shared/hints.ts';

const recoveryShape = z.object({
  job_id: z.string(),
  engine: engineNameSchema,
  mode: z.enum(recoveryModes),
  state: z.enum(['running', 'done', 'failed']),
  started_at: z.string(),
  ended_at: z.string().optional(),
  error: errorShape.optional(),
});

export const backendStatus = defineTool({
  name: 'backend_status',
  title: 'Engine status',
  description:
    'Shows each engine: is its process up, does it answer, is it linked and connected, what does not work, how it is being brought back, and what it has told of the history; on request what it can do and which engine would serve what. Available means linked, connected and answering.',
  toolset: 'session',
  scope: 'wa:read',
  hints: OWN_READ,
  input: z.strictObject({
    engine: engineArgument
      .optional()
      .describe('List this engine only; overall and available_count stay about all of them.'),
    include_capabilities: z.boolean().default(false).describe('List what each engine can do.'),
    include_routing: z.boolean().default(false).describe('List which engine would serve each operation.'),
  }),
  output: z.object({
    overall: z.enum(['ok', 'degraded', 'error']),
    available_count: z.number(),
    strategy: z.string(),
    routes: z.record(z.string(), engineNameSchema).optional(),
    engines: z.array(
      brief(
        z.object({
          name: engineNameSchema,
          status: z.enum(['ok', 'degraded', 'error', 'unreachable']),
          state: z.enum(connectionStates),
          process_up: z.boolean(),
          api_responsive: z.boolean(),
          authenticated: z.boolean(),
          whatsapp_connected: z.boolean(),
          response_ms: z.number().optional(),
          last_check: z.string().optional(),
          version: z.string().optional(),
          pid: z.number().optional(),
          details: z.string().optional(),
          action: z.string().optional(),
          error: errorShape.optional(),
          browser: z
            .object({
              pid: z.number().optional(),
              version: z.string().optional(),
              whatsapp_web_version: z.string().optional(),
              restarts: z.number(),
              executable: z.string(),
              last_page_error: z.object({ name: z.string(), time: z.string() }).optional(),
            })
            .optional(),
          impaired: z
            .array(z.object({ capability: z.string(), code: z.string(), since: z.string() }))
            .optional(),
          self_tests: z
            .array(
              z.object({
                check: z.string(),
                capability: z.string(),
                state: z.enum(['running', 'passed', 'failed', 'skipped']),
                code: z.string().optional(),
                time: z.string(),
              }),
            )
            .optional(),
          recovery: recoveryShape.optional(),
          history: z
            .object({
              messages: z.number(),
              only_here: z.number(),
              shared: z.number(),
              last_observation: z.string().optional(),
            })
            .optional(),
          capabilities: z.array(z.string()).optional(),
        }),
      ),
    ),
    recoveries: z.array(brief(recoveryShape)).optional(),
    shared_messages: z.number().optional(),
    history_error: errorShape.optional(),
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
    related: ['get_connection_status', 'run_diagnostics', 'restart_engine'],
    pitfalls: [
      'A running process is not a connected engine: look at whatsapp_connected.',
      'For clients that know bridge_running and Ready: bridge_running is process_up, Ready is status ok or degraded, error_message is error.message.',
      'history.only_here counts messages that no other engine has seen; shared those that several have, stored once.',
    ],
  },
  run: (args, { services }) => services.backends(args),
});
