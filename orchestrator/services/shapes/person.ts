import { z } from 'zod';

/** One person as tools and pages show it. */
export const personShape = z.object({
  jid: z.string(),
  lid: z.string().optional(),
  number: z.string().optional(),
  name: z.string().optional(),
  push_name: z.string().optional(),
  is_my_contact: z.boolean(),
  is_business: z.boolean(),
  is_me: z.boolean().optional(),
  has_chat: z.boolean(),
});
export type PublicPerson = z.infer<typeof personShape>;
