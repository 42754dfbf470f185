import { z } from 'zod';
import { engineNameSchema } from '#engines/contract/capability.ts';
import { restartModes } from '#orchestrator/services/status/recovery.ts';
import { defineTool } from './shared/define.ts';
import { recoveryOutput, waitSecondsArgument } from './shared/recovery.ts';

export const restartEngine = defineTool({
  name: 'restart_engine',
  title: 'Restart an engine',
  description:
    'Brings one engine back: waits until it is up (warmup), renews its connection (reconnect), or starts a fresh process (restart). Engines repair themselves; use it when one does not. Returns at once with a job id; backend_status shows how it ends. The other engine serves meanwhile.',
  toolset: 'admin',
  scope: 'wa:admin',
  hints: { readOnly: false, destructive: false, idempotent: true, openWorld: true },
  input: z.strictObject({
    engine: engineNameSchema.describe('Engine to bring back.'),
    mode: z
      .enum(restartModes)
      .default('reconnect')
      .describe('warmup only waits; reconnect keeps the process; restart replaces it.'),
    wait_seconds: waitSecondsArgument,
  }),
  output: recoveryOutput,
  argumentAliases: { backend: 'engine' },
  info: {
    whenToUse: 'When backend_status shows an engine that stays down or answers wrongly.',
    examples: [
      { title: 'Renew the connection', arguments: { engine: 'baileys' } },
      { title: 'A fresh process', arguments: { engine: 'webjs', mode: 'restart', wait_seconds: 20 } },
    ],
    errors: [
      'VALIDATION_ERROR',
      'RECOVERY_IN_PROGRESS',
      'COOLDOWN_ACTIVE',
      'CAPABILITY_UNAVAILABLE',
      'ENGINE_START_FAILED',
    ],
    related: ['backend_status', 'force_resync', 'run_diagnostics'],
    pitfalls: [
      'It neither links nor unlinks: an engine that is not linked stays so.',
      'One recovery of an engine at a time. The same mode of the same engine again: 10 seconds after the last one ended, or COOLDOWN_ACTIVE says how long to wait; warmup at once.',
    ],
  },
  run: (args, { services, signal }) => services.recoveries.restart(args, signal),
});
