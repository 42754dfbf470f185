import { z } from 'zod';
import { capabilitySchema, engineNameSchema } from '#engines/contract/capability.ts';
import { engineLevels, engineReasons } from '#engines/contract/state.ts';
import { errorBodySchema } from '#kernel/errors.ts';

/**
 * What `GET /api/status` answers, the page shows and the command line reads. Times are ISO 8601;
 * numbers of the account are masked. Clients must bear fields that they do not know.
 */
const time = z.iso.datetime();

const offerViewSchema = z.discriminatedUnion('method', [
  z.object({ method: z.literal('qr'), text: z.string(), expires_at: time }),
  z.object({ method: z.literal('code'), code: z.string(), expires_at: time }),
]);
export type OfferView = z.infer<typeof offerViewSchema>;

const engineViewSchema = z.object({
  engine: engineNameSchema,
  level: z.enum(engineLevels),
  reason: z.enum(engineReasons),
  /** The reason in words, and what the operator should do. */
  means: z.string(),
  action: z.string(),
  since: time.nullable(),
  /** Of the engine process; null while none runs. */
  pid: z.number().nullable(),
  linked: z.boolean(),
  connected: z.boolean(),
  account: z.object({ number: z.string().nullable(), name: z.string().nullable() }).nullable(),
  offer: offerViewSchema.nullable(),
  sync: z.object({
    phase: z.enum(['waiting', 'bootstrap', 'recent', 'full', 'done']),
    percent: z.number().nullable(),
    chats: z.number(),
    messages: z.number(),
  }),
  connected_since: time.nullable(),
  last_disconnect: z
    .object({ code: z.number().nullable(), reason: z.enum(engineReasons), means: z.string(), at: time })
    .nullable(),
  reconnect_attempts: z.number(),
  next_attempt_at: time.nullable(),
  error: errorBodySchema.nullable(),
  /** What this engine can do and does not do well at the moment. */
  impaired: z.array(z.object({ capability: capabilitySchema, error: errorBodySchema, since: time })),
  /** Messages of the store that this engine saw, and those that no other engine saw; null while the store cannot be read. */
  contributed: z.object({ messages: z.number(), only: z.number() }).nullable(),
  /** Null for an engine without one, and before it was started. */
  browser: z
    .object({
      pid: z.number().nullable(),
      executable: z.string(),
      version: z.string().nullable(),
      page_version: z.string().nullable(),
      restarts: z.number(),
      last_page_error: z.object({ name: z.string(), at: time }).nullable(),
    })
    .nullable(),
  /** The engine is being brought back on purpose, or was last. */
  recovery: z
    .object({ mode: z.string(), state: z.enum(['running', 'done', 'failed']), started_at: time })
    .nullable(),
  /** What the checks after connecting found. */
  self_tests: z.array(
    z.object({
      check: z.string(),
      capability: capabilitySchema,
      state: z.enum(['running', 'passed', 'failed', 'skipped']),
      code: z.string().nullable(),
    }),
  ),
});
export type EngineStatusView = z.infer<typeof engineViewSchema>;

export const statusViewSchema = z.object({
  version: z.string(),
  pid: z.number(),
  started_at: time,
  /** The best level of all engines decides; `ready` only when one can serve requests. */
  ready: z.boolean(),
  /** At least one engine is not as it should be while another one serves. */
  degraded: z.boolean(),
  sending: z.boolean(),
  /** True when another server stands in for WhatsApp. */
  test_server: z.boolean(),
  mcp_url: z.string(),
  engines: z.array(engineViewSchema),
  /** Null while the store cannot be read; `store_error` says why. */
  store: z
    .object({
      messages: z.number(),
      chats: z.number(),
      people: z.number(),
      media: z.number(),
      unread: z.number(),
      newest_message_at: time.nullable(),
      oldest_message_at: time.nullable(),
      last_ingest_at: time.nullable(),
      backend: z.enum(['sqlite', 'postgres']),
      bytes: z.number(),
      search_usable: z.boolean(),
      /** Messages that more than one engine saw. */
      shared: z.number(),
    })
    .nullable(),
  store_error: errorBodySchema.nullable(),
  ingest: z.object({
    /** Messages added to the store, averaged over the last seconds. */
    messages_per_second: z.number(),
    /** Outbox entries that wait to be committed. */
    pending: z.number(),
  }),
  sessions: z.number(),
});
export type StatusView = z.infer<typeof statusViewSchema>;
