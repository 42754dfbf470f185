import { z } from 'zod';
import { errorBodySchema, fromErrorBody } from '#kernel/errors.ts';
import { scopes } from '#mcp/tool.ts';
import type { RunningService } from '../service/service.ts';
import { everyStored, scriptOf } from './census.ts';
import { waitUntil } from './wait.ts';

export interface Searched {
  readonly query: string;
  readonly found: number;
  /** The first page, through the whole tool. */
  readonly tookMs: number;
}

export interface Sent {
  readonly to: string;
  readonly status: string;
  readonly tookMs: number;
}

const CALLER = Object.freeze({ id: 'demo', scopes });
const SEARCH_LIMIT = 100;
const DELIVERY_LIMIT_MS = 15_000;
export const DEMO_TEXT = 'Hello! An assistant sent this through Tandem. 🚲🚲';

/** Calls a tool exactly as an assistant's client does, and reads the structured result. */
async function callTool<T extends z.ZodType>(
  service: RunningService,
  name: string,
  args: Readonly<Record<string, unknown>>,
  schema: T,
  signal: AbortSignal,
): Promise<z.output<T>> {
  const result = await service.registry.callTool({
    name,
    args,
    principal: CALLER,
    era: '2025',
    signal,
    progress: null,
  });
  if (result.isError) {
    throw fromErrorBody(z.object({ error: errorBodySchema }).parse(result.structured).error);
  }
  return schema.parse(result.structured);
}

const searchResult = z.object({ hits: z.array(z.unknown()), next_cursor: z.string().optional() });

/** Searches for words that really occur: a frequent one, two in a row, and one in another script. */
export async function searchAround(
  service: RunningService,
  signal: AbortSignal,
): Promise<readonly Searched[]> {
  const searched: Searched[] = [];
  for (const query of await pickQueries(service)) {
    const startedAt = performance.now();
    const first = await search(service, query, null, signal);
    const tookMs = performance.now() - startedAt;
    let found = first.hits.length;
    for (let cursor = first.next_cursor; cursor !== undefined; ) {
      const page = await search(service, query, cursor, signal);
      found += page.hits.length;
      cursor = page.next_cursor;
    }
    searched.push({ query, found, tookMs });
  }
  return searched;
}

function search(service: RunningService, query: string, cursor: string | null, signal: AbortSignal) {
  const args = { query, limit: SEARCH_LIMIT, ...(cursor === null ? {} : { cursor }) };
  return callTool(service, 'search_messages', args, searchResult, signal);
}

async function pickQueries(service: RunningService): Promise<readonly string[]> {
  const words = new Map<string, number>();
  const phrases = new Map<string, number>();
  const foreign = new Map<string, number>();
  const add = (counts: Map<string, number>, key: string) => counts.set(key, (counts.get(key) ?? 0) + 1);
  for await (const { text } of everyStored(service.history)) {
    if (text === null) continue;
    const tokens = text.toLowerCase().match(/\p{L}+/gu) ?? [];
    if (scriptOf(text) !== 'Latin') {
      for (const token of tokens) if (token.length >= 2 && scriptOf(token) !== 'Latin') add(foreign, token);
      continue;
    }
    for (const [index, token] of tokens.entries()) {
      const next = tokens[index + 1];
      if (token.length >= 6) add(words, token);
      if (token.length >= 4 && next !== undefined && next.length >= 4) add(phrases, `"${token} ${next}"`);
    }
  }
  const best = (counts: Map<string, number>) => [...counts].sort((a, b) => b[1] - a[1])[0]?.[0];
  return [best(words), best(phrases), best(foreign)].filter((query) => query !== undefined);
}

const sendResult = z.object({
  message_id: z.string(),
  chat_name: z.string().optional(),
  status: z.string().optional(),
});

/** Sends one text and follows it until the other phone has it. */
export async function sendAround(service: RunningService, signal: AbortSignal): Promise<Sent | null> {
  const { items } = await service.history.chats.list({ kinds: ['direct'], sort: 'last_active', limit: 20 });
  const chat = items.find((one) => one.name !== null && one.person?.isMe !== true);
  if (chat === undefined) return null;
  const startedAt = performance.now();
  const sent = await callTool(
    service,
    'send_message',
    { to: chat.jid, message: DEMO_TEXT, idempotency_key: `demo-${startedAt}` },
    sendResult,
    signal,
  );
  let status = sent.status ?? 'sent';
  await waitUntil(
    async () => {
      const [stored] = await service.history.messages.byId(sent.message_id);
      status = stored?.status ?? status;
      return status === 'delivered' || status === 'read';
    },
    { signal, limitMs: DELIVERY_LIMIT_MS },
  );
  return { to: sent.chat_name ?? chat.name ?? 'a contact', status, tookMs: performance.now() - startedAt };
}
