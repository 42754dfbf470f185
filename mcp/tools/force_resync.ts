import { z } from 'zod';
import { engineNameSchema } from '#engines/contract/capability.ts';
import { appStateCollections } from '#engines/contract/command.ts';
import { engineArgument } from './shared/arguments.ts';
import { defineTool } from './shared/define.ts';
import { recoveryOutput, waitSecondsArgument } from './shared/recovery.ts';

export const forceResync = defineTool({
  name: 'force_resync',
  title: 'Fetch chat state anew',
  description:
    'Heals what an engine believes of chats, contacts and settings (a wrong list of chats, archive or names): fetches the app state of the account from its first version on, or loads the page again. Stored messages are kept. Returns at once with a job id; backend_status shows how it ends.',
  toolset: 'admin',
  scope: 'wa:admin',
  hints: { readOnly: false, destructive: true, idempotent: true, openWorld: true },
  input: z.strictObject({
    engine: engineArgument.describe('Only this engine; all of them by default.').optional(),
    collections: z
      .array(z.enum(appStateCollections))
      .min(1)
      .max(appStateCollections.length)
      .optional()
      .describe('Only these parts of the state, where the engine can choose; all by default.'),
    wait_seconds: waitSecondsArgument,
  }),
  output: recoveryOutput.extend({
    jobs: z.array(recoveryOutput),
    not_started: z.array(z.object({ engine: engineNameSchema, code: z.string() })).optional(),
  }),
  argumentAliases: { backend: 'engine' },
  info: {
    whenToUse: 'When chats are archived, pinned, muted or named otherwise than on the phone, and stay so.',
    examples: [
      { title: 'All engines', arguments: {} },
      { title: 'One, to its end', arguments: { engine: 'baileys', wait_seconds: 20 } },
    ],
    errors: ['VALIDATION_ERROR', 'RECOVERY_IN_PROGRESS', 'COOLDOWN_ACTIVE', 'CAPABILITY_UNAVAILABLE'],
    related: ['backend_status', 'restart_engine'],
    pitfalls: [
      'It fetches no messages. The server does not like it often: there is a rest of a minute after each.',
    ],
  },
  run: (args, { services, signal }) => services.recoveries.resync(args, signal),
});
