import { z } from 'zod';

/** What `GET /api/diagnostics` answers and `tandem doctor` prints. Redacted: no names, numbers, texts or keys. */
export const diagnosticsViewSchema = z.object({
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
  /** Present when asked for: facts for a support case. */
  bundle: z.record(z.string(), z.unknown()).optional(),
});
export type DiagnosticsView = z.infer<typeof diagnosticsViewSchema>;
