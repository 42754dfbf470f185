import { z } from 'zod';

/** A finished export, and how to get it. */
export const exportShape = z.object({
  export_id: z.string(),
  filename: z.string(),
  bytes: z.number(),
  sha256: z.string(),
  messages: z.number(),
  media: z.number(),
  resource: z.string(),
  url: z.string(),
  url_expires_at: z.string(),
});
