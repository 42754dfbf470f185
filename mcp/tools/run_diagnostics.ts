import { z } from 'zod';
import { checkNames } from '#orchestrator/services/diagnostics/check.ts';
import { defineTool } from './shared/define.ts';
import { OWN_READ } from './shared/hints.ts';

export const runDiagnostics = defineTool({
  name: 'run_diagnostics',
  title: 'Run diagnostics',
  description:
    'Checks what usually goes wrong: runtime, data directory, disk, clock, listener and ports, network and proxies, engines with their account, devices and session, database, search index, unreadable entries, copies and growth, job queue, jobs that stand still or failed, older history and coverage, memory. Each finding says what to do.',
  toolset: 'admin',
  scope: 'wa:admin',
  hints: OWN_READ,
  input: z.strictObject({
    checks: z.array(z.enum(checkNames)).min(1).optional().describe('Only these; all by default.'),
    bundle: z
      .boolean()
      .default(false)
      .describe('Add settings and engine states for a fault report; ids and secrets are masked.'),
  }),
  output: z.object({
    checks: z.array(
      z.object({
        id: z.string(),
        ok: z.boolean(),
        severity: z.enum(['info', 'warning', 'error']),
        code: z.string().optional(),
        finding: z.string(),
        remedy: z.string().optional(),
      }),
    ),
    summary: z.object({ ok: z.number(), warnings: z.number(), errors: z.number() }),
    bundle: z.record(z.string(), z.unknown()).optional(),
  }),
  info: {
    whenToUse: 'When something does not work and get_connection_status does not tell why.',
    examples: [
      { title: 'Everything', arguments: {} },
      { title: 'Only the database', arguments: { checks: ['database', 'search'] } },
      {
        title: 'Why history does not come',
        arguments: { checks: ['queue', 'jobs', 'backfills', 'engines'] },
      },
    ],
    errors: ['VALIDATION_ERROR'],
    related: ['get_connection_status', 'backend_status'],
    pitfalls: [],
  },
  run: (args, { services }) => services.diagnose(args),
});
