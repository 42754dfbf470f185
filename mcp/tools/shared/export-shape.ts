import { z } from 'zod';

/** A finished export, and how to get it. */
export const exportShape = z.object({
  export_id: z.string(),
  filename: z.string(),
  bytes: z.number(),
  sha256: z.string(),
  messages: z.number(),
  media: z.number(),
  media_missing: z.number().optional(),
  coverage: z.enum(['complete', 'partial']).optional(),
  /** What is not in the file, and how to get it. */
  note: z.string().optional(),
  resource: z.string(),
  url: z.string(),
  url_expires_at: z.string(),
});
