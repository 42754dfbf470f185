import { TandemError } from '#kernel/errors.ts';
import { answers, isRequest, parseMessage, type RpcMessage } from './messages.ts';
import { readEvents } from './sse.ts';

/** How one HTTP exchange with the service ended. */
export type Outcome =
  | { readonly kind: 'done' }
  /** Never carried out: safe to repeat once the session is new, or the service is back. */
  | { readonly kind: 'refused'; readonly repair: 'session' | 'service' }
  /** The line broke before the answer: it may have been carried out. */
  | { readonly kind: 'cut' };

export interface Exchange {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly message: RpcMessage;
  readonly signal: AbortSignal;
  /** The session id that came with the answer's headers. */
  readonly onSession: (id: string) => void;
  /** Every message of the answer, as one line of JSON and parsed. */
  readonly onMessage: (line: string, parsed: RpcMessage) => void;
}

/** Posts one message and hands over whatever comes back. Throws SHUTTING_DOWN when the signal is aborted. */
export async function exchange(options: Exchange): Promise<Outcome> {
  const { message, signal } = options;
  let response: Response;
  try {
    response = await fetch(options.url, {
      method: 'POST',
      headers: options.headers,
      body: JSON.stringify(message),
      signal,
    });
  } catch (thrown) {
    if (signal.aborted) throw new TandemError('SHUTTING_DOWN', { cause: thrown });
    return neverArrived(thrown) ? { kind: 'refused', repair: 'service' } : { kind: 'cut' };
  }
  try {
    return await readAnswer(response, options);
  } catch (thrown) {
    if (signal.aborted) throw new TandemError('SHUTTING_DOWN', { cause: thrown });
    return { kind: 'cut' };
  }
}

async function readAnswer(response: Response, options: Exchange): Promise<Outcome> {
  const { message, headers } = options;
  const wanted = isRequest(message) ? message : null;
  let answered = wanted === null;
  const take = (text: string) => {
    const parsed = parseMessage(text);
    if (parsed === null) return;
    if (wanted !== null && answers(parsed, wanted)) answered = true;
    options.onMessage(text.includes('\n') ? JSON.stringify(parsed) : text, parsed);
  };
  if (response.status === 404 && headers['mcp-session-id'] !== undefined) {
    await response.body?.cancel();
    return { kind: 'refused', repair: 'session' };
  }
  if (!response.ok) {
    const refusal = await readRefusal(response);
    // Either way a restart is going on: the next service may have another address and token.
    if (refusal.code === 'SHUTTING_DOWN' || refusal.code === 'ACCESS_DENIED') {
      return { kind: 'refused', repair: 'service' };
    }
    if (wanted !== null) take(JSON.stringify({ ...refusal.message, id: wanted.id }));
    return { kind: 'done' };
  }
  const session = response.headers.get('mcp-session-id');
  if (session !== null) options.onSession(session);
  if (isEventStream(response)) {
    for await (const event of readEvents(response.body)) take(event);
  } else {
    take(await response.text());
  }
  return answered ? { kind: 'done' } : { kind: 'cut' };
}

export function isEventStream(response: Response): boolean {
  return response.headers.get('content-type')?.startsWith('text/event-stream') ?? false;
}

/** True when no connection came about, so that nothing can have happened. */
function neverArrived(thrown: unknown): boolean {
  const code = (thrown as { cause?: { code?: string } }).cause?.code;
  return code === 'ECONNREFUSED' || code === 'UND_ERR_CONNECT_TIMEOUT';
}

const RPC_INTERNAL = -32_603;

/** The JSON-RPC error in the body of a refusal; one of our own when another program answered. */
async function readRefusal(response: Response): Promise<{ code: string | null; message: RpcMessage }> {
  const parsed = parseMessage(await response.text());
  const error = parsed?.error as { data?: { code?: string } } | undefined;
  if (parsed !== null && error !== undefined) return { code: error.data?.code ?? null, message: parsed };
  const text = `The service answered with HTTP ${response.status}.`;
  return {
    code: null,
    message: { jsonrpc: '2.0', id: null, error: { code: RPC_INTERNAL, message: text } },
  };
}
