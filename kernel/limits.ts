/** Limits and durations that more than one room relies on. Unit in the name, reason beside it. */

export const MILLISECONDS_PER_SECOND = 1_000;

/** Sizes in settings and answers are decimal, as on disks. */
export const BYTES_PER_MEGABYTE = 1_000_000;

/** WhatsApp itself cuts longer texts in most clients; the catalogue promises this limit. */
export const MESSAGE_TEXT_MAX_CHARS = 4_096;

/** Longer queries are pasted text, not searches. */
export const SEARCH_QUERY_MAX_CHARS = 500;

/** Names, numbers and ids in tool arguments. */
export const REFERENCE_MAX_CHARS = 200;

/** One transaction of the store: large enough to amortise the commit and the flush of the search index; the store rests inside it, so that tool calls do not feel it. */
export const INGEST_BATCH_MAX_OBSERVATIONS = 2000;

/** One outbox entry never holds more; a consumer can always take at least one entry. */
export const OUTBOX_ENTRY_MAX_OBSERVATIONS = 500;

/** How long the consumer's long poll waits for something new. Below common proxy timeouts. */
export const OBSERVATION_POLL_WAIT_MS = 20_000;

/** Bodies between our own processes: one outbox entry of 500 observations with long texts fits many times. */
export const ENGINE_HTTP_BODY_MAX_BYTES = 32 * 1024 * 1024;

/** No tool call may take longer; common MCP clients give up at 60 s and some gateways at 30 s. */
export const TOOL_CALL_DEADLINE_MS = 25_000;

/** A QR code or pairing code is shown by WhatsApp's server within seconds, or not at all. */
export const FIRST_QR_WAIT_MS = 30_000;

/** WhatsApp's server serves at most this many messages for one on-demand request. */
export const HISTORY_PAGE_MAX_MESSAGES = 50;

/** The phone answers within seconds when online; after this it counts as silent. */
export const HISTORY_PAGE_WAIT_MS = 30_000;

/** Asked for of one chat at once; more is a job without a limit. */
export const HISTORY_MESSAGES_MAX = 1_000_000;

/** How long an engine may take to stop before it is killed by pid. */
export const ENGINE_STOP_GRACE_MS = 5_000;

/** How long the whole service may take to stop before it exits hard. */
export const SHUTDOWN_HARD_LIMIT_MS = 10_000;
