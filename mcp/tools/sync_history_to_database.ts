import { z } from 'zod';
import { engineNameSchema } from '#engines/contract/capability.ts';
import { brief } from './shared/brief.ts';
import { defineTool } from './shared/define.ts';
import { STEER } from './shared/hints.ts';
import { waitArgument } from './shared/job.ts';

export const syncHistoryToDatabase = defineTool({
  name: 'sync_history_to_database',
  title: 'Wait until history is stored',
  description:
    'Waits until everything that the engines have learned is in the store, and counts what came in meanwhile. It is taken in all the time; nothing has to be begun, and a second call adds nothing.',
  toolset: 'history',
  scope: 'wa:history',
  hints: { ...STEER, openWorld: false },
  input: z.strictObject({ wait_s: waitArgument(20) }),
  output: z.object({
    complete: z.boolean(),
    messages_added: z.number(),
    messages_deduplicated: z.number(),
    messages_enriched: z.number(),
    messages_skipped: z.number(),
    engines: z.array(
      brief(
        z.object({
          engine: engineNameSchema,
          complete: z.boolean(),
          waiting_batches: z.number(),
          code: z.string().optional(),
        }),
      ),
    ),
    errors: z.array(z.object({ engine: engineNameSchema, code: z.string() })),
  }),
  argumentAliases: { timeout: 'wait_s', wait_seconds: 'wait_s' },
  info: {
    whenToUse: 'Before counting or exporting, right after history has come.',
    examples: [{ title: 'Until all is there', arguments: {} }],
    errors: [],
    related: ['get_history_sync_status', 'get_sync_status', 'retrieve_full_history'],
    pitfalls: [
      'complete false with a code: that engine is away, and what it holds comes in once it is back.',
      'It asks the phone for nothing; that is retrieve_full_history.',
    ],
  },
  run: async ({ wait_s }, { services, signal, progress }) => {
    const { engines, ...report } = await services.intake.settle(wait_s, {
      signal,
      onStep: (done) => progress({ done, message: `${done} messages taken in` }),
    });
    return {
      data: {
        ...report,
        engines: [...engines],
        errors: engines.flatMap(({ engine, code }) => (code === undefined ? [] : [{ engine, code }])),
      },
      summary: `${report.messages_added} messages added, ${report.messages_deduplicated} known before.`,
    };
  },
});
