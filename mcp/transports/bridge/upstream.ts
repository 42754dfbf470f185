import { setTimeout as sleep } from 'node:timers/promises';
import { TandemError, toTandemError } from '#kernel/errors.ts';
import type { Logger } from '#kernel/logger.ts';
import {
  answers,
  claimedRevision,
  isRequest,
  parseMessage,
  type RpcMessage,
  type RpcRequest,
} from './messages.ts';
import type { ServiceConnection } from './service-connection.ts';
import { readEvents } from './sse.ts';

/** The service as the bridge's client sees it: a session that survives restarts of the service. */
export interface Upstream {
  /** Delivers every answer to the request, then returns. Throws TandemError when there will be none. */
  request(request: RpcRequest, signal: AbortSignal): Promise<void>;
  /** Notifications, and answers to what the service asked. */
  notify(message: RpcMessage): Promise<void>;
  /** Ends the session on the service. */
  close(): Promise<void>;
}

export interface UpstreamOptions {
  readonly connection: ServiceConnection;
  /** Passes one message to the client; the text is one line of JSON. */
  readonly deliver: (line: string) => void;
  readonly logger: Logger;
}

interface Session {
  readonly id: string;
  readonly protocolVersion: string;
}

/** A service that restarts is back within seconds; after this the caller is told. */
const RETRY_FOR_MS = 20_000;
const RETRY_INTERVAL_MS = 250;
const RELISTEN_INTERVAL_MS = 1_000;
const GOODBYE_TIMEOUT_MS = 1_000;

const MCP_PATH = '/mcp';
const ACCEPT = 'application/json, text/event-stream';

/** What the service said, or why it could not be asked. */
type Outcome =
  | { readonly kind: 'done' }
  /** Never carried out: safe to repeat after whatever is named was repaired. */
  | { readonly kind: 'refused'; readonly repair: 'session' | 'service' }
  /** The line broke before the answer: it may have been carried out. */
  | { readonly kind: 'cut' };

export function createUpstream({ connection, deliver, logger }: UpstreamOptions): Upstream {
  const closing = new AbortController();
  const subscribed = new Set<string>();
  const readOnlyTools = new Set<string>();
  let initialize: RpcRequest | null = null;
  let initialized = false;
  let session: Session | null = null;
  let opening: Promise<void> = Promise.resolve();
  let listening = false;
  let ownIds = 0;

  const headersFor = (message: RpcMessage, token: string | null): Record<string, string> => {
    const headers: Record<string, string> = { accept: ACCEPT, 'content-type': 'application/json' };
    if (token !== null) headers.authorization = `Bearer ${token}`;
    const revision = claimedRevision(message);
    if (revision !== null) {
      headers['mcp-protocol-version'] = revision;
      headers['mcp-method'] = message.method ?? '';
      const name = message.params?.name ?? message.params?.uri;
      if (typeof name === 'string') headers['mcp-name'] = name;
    } else if (session !== null && message.method !== 'initialize') {
      headers['mcp-session-id'] = session.id;
      headers['mcp-protocol-version'] = session.protocolVersion;
    }
    return headers;
  };

  /** One try. `pass` gets every message of the answer. */
  const post = async (
    message: RpcMessage,
    pass: (line: string, parsed: RpcMessage) => void,
    signal: AbortSignal,
  ): Promise<Outcome> => {
    const service = await connection.locate();
    let response: Response;
    try {
      response = await fetch(`${service.url}${MCP_PATH}`, {
        method: 'POST',
        headers: headersFor(message, service.token),
        body: JSON.stringify(message),
        signal,
      });
    } catch (thrown) {
      if (signal.aborted) throw new TandemError('SHUTTING_DOWN', { cause: thrown });
      connection.forget();
      return neverArrived(thrown) ? { kind: 'refused', repair: 'service' } : { kind: 'cut' };
    }
    if (response.status === 202) return { kind: 'done' };
    if (response.status === 404 && session !== null && claimedRevision(message) === null) {
      await response.body?.cancel();
      return { kind: 'refused', repair: 'session' };
    }
    const wanted = isRequest(message) ? message : null;
    let answered = wanted === null;
    const take = (text: string) => {
      const parsed = parseMessage(text);
      if (parsed === null) return;
      if (wanted !== null && answers(parsed, wanted)) answered = true;
      pass(text.includes('\n') ? JSON.stringify(parsed) : text, parsed);
    };
    try {
      if (!response.ok) {
        const refusal = await readRefusal(response);
        if (refusal.code === 'SHUTTING_DOWN' || refusal.code === 'ACCESS_DENIED') {
          // A restarted service may have another address and token.
          connection.forget();
          return { kind: 'refused', repair: 'service' };
        }
        if (wanted === null) return { kind: 'done' };
        take(JSON.stringify({ ...refusal.message, id: wanted.id }));
      } else if (isEventStream(response)) {
        keepSession(message, response);
        for await (const event of readEvents(response.body ?? new ReadableStream())) take(event);
      } else {
        keepSession(message, response);
        take(await response.text());
      }
    } catch (thrown) {
      if (signal.aborted) throw new TandemError('SHUTTING_DOWN', { cause: thrown });
      connection.forget();
      return { kind: 'cut' };
    }
    return answered ? { kind: 'done' } : { kind: 'cut' };
  };

  /** The id comes with the answer to `initialize`; the version inside it is added by `learn`. */
  const keepSession = (message: RpcMessage, response: Response) => {
    const id = response.headers.get('mcp-session-id');
    if (message.method === 'initialize' && id !== null) session = { id, protocolVersion: '' };
  };

  const learn = (request: RpcMessage, answer: RpcMessage) => {
    const result = answer.result as Readonly<Record<string, unknown>> | undefined;
    if (result === undefined || answer.id !== request.id) return;
    if (request.method === 'initialize' && session !== null) {
      session = { id: session.id, protocolVersion: String(result.protocolVersion ?? '') };
    }
    if (request.method === 'tools/list' && Array.isArray(result.tools)) {
      for (const tool of result.tools as { name: string; annotations?: { readOnlyHint?: boolean } }[]) {
        if (tool.annotations?.readOnlyHint) readOnlyTools.add(tool.name);
      }
    }
    const uri = request.params?.uri;
    if (request.method === 'resources/subscribe' && typeof uri === 'string') subscribed.add(uri);
    if (request.method === 'resources/unsubscribe' && typeof uri === 'string') subscribed.delete(uri);
  };

  /** Repeats what was surely not carried out, until the service is back. */
  const persist = async (
    message: RpcMessage,
    pass: (line: string) => void,
    signal: AbortSignal,
  ): Promise<Outcome> => {
    const giveUpAt = Date.now() + RETRY_FOR_MS;
    for (;;) {
      const used = session;
      const outcome = await post(
        message,
        (line, parsed) => {
          learn(message, parsed);
          pass(line);
        },
        signal,
      );
      if (outcome.kind !== 'refused') return outcome;
      if (Date.now() > giveUpAt) throw new TandemError('NOT_RUNNING');
      if (outcome.repair === 'session') await reopen(used);
      else await sleep(RETRY_INTERVAL_MS, undefined, { signal });
    }
  };

  /** A new session in place of the one that the service no longer knows; only one caller does the work. */
  const reopen = (lost: Session | null): Promise<void> => {
    const attempt = opening.then(async () => {
      if (session !== lost || initialize === null) return;
      logger.info('mcp session is gone; opening a new one');
      ownIds += 1;
      const hello: RpcRequest = { ...initialize, id: `tandem-bridge-${ownIds}` };
      const outcome = await persist(hello, () => undefined, closing.signal);
      if (outcome.kind !== 'done') throw new TandemError('NOT_RUNNING');
      if (!initialized) return;
      await persist({ jsonrpc: '2.0', method: 'notifications/initialized' }, () => undefined, closing.signal);
      for (const uri of subscribed) await resubscribe(uri);
    });
    opening = attempt.catch(() => undefined);
    return attempt;
  };

  const resubscribe = async (uri: string): Promise<void> => {
    ownIds += 1;
    const id = `tandem-bridge-${ownIds}`;
    const message: RpcRequest = { jsonrpc: '2.0', id, method: 'resources/subscribe', params: { uri } };
    await persist(message, () => undefined, closing.signal);
    // Nobody knows what changed in between, so the reader should look.
    deliver(JSON.stringify({ jsonrpc: '2.0', method: 'notifications/resources/updated', params: { uri } }));
  };

  /** Holds the stream on which the service speaks by itself; never starts a service for its sake. */
  const listen = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      const service = await connection.peek();
      const used = session;
      if (service !== null && used !== null) {
        const headers = headersFor({ jsonrpc: '2.0' }, service.token);
        const response = await fetch(`${service.url}${MCP_PATH}`, {
          headers: { ...headers, accept: 'text/event-stream' },
          signal: closing.signal,
        });
        if (response.status === 404) await reopen(used);
        if (response.ok && isEventStream(response) && response.body !== null) {
          for await (const event of readEvents(response.body)) deliver(event);
        } else {
          await response.body?.cancel();
          if (response.status === 405) return;
        }
      }
      await sleep(RELISTEN_INTERVAL_MS, undefined, { signal: closing.signal });
    }
  };

  const startListening = () => {
    if (listening) return;
    listening = true;
    const again = (): void => {
      listen().catch((thrown: unknown) => {
        if (closing.signal.aborted) return;
        logger.debug('mcp event stream broke; listening again', { error: toTandemError(thrown) });
        setTimeout(again, RELISTEN_INTERVAL_MS).unref();
      });
    };
    again();
  };

  return {
    request: async (request, signal) => {
      const both = AbortSignal.any([signal, closing.signal]);
      if (request.method === 'initialize') {
        initialize = request;
        session = null;
      }
      const work = persist(request, deliver, both);
      // What follows `initialize` needs its session.
      if (request.method === 'initialize') opening = work.then(() => undefined).catch(() => undefined);
      const outcome = await work;
      if (outcome.kind !== 'cut') return;
      if (!isRepeatable(request, readOnlyTools)) throw cutOff();
      const second = await persist(request, deliver, both);
      if (second.kind === 'cut') throw new TandemError('NOT_RUNNING');
    },
    notify: async (message) => {
      await opening;
      await persist(message, () => undefined, closing.signal);
      if (message.method === 'notifications/initialized') {
        initialized = true;
        startListening();
      }
    },
    close: async () => {
      closing.abort();
      const ended = session;
      const service = ended === null ? null : await connection.peek();
      if (service === null) return;
      const headers = headersFor({ jsonrpc: '2.0' }, service.token);
      const signal = AbortSignal.timeout(GOODBYE_TIMEOUT_MS);
      // The service reaps what this does not reach.
      await fetch(`${service.url}${MCP_PATH}`, { method: 'DELETE', headers, signal }).catch(() => undefined);
    },
  };
}

/** Only reading twice is harmless; a send must never be repeated on a guess. */
function isRepeatable(request: RpcRequest, readOnlyTools: ReadonlySet<string>): boolean {
  if (request.method !== 'tools/call') return true;
  return typeof request.params?.name === 'string' && readOnlyTools.has(request.params.name);
}

function cutOff(): TandemError {
  return new TandemError('DELIVERY_UNKNOWN', {
    message: 'The service stopped before it answered; the call may or may not have been carried out.',
    hint: 'Look before you repeat anything that sends or changes.',
  });
}

/** True when no connection came about, so that nothing can have happened. */
function neverArrived(thrown: unknown): boolean {
  const code = ((thrown as { cause?: { code?: string } }).cause ?? {}).code;
  return code === 'ECONNREFUSED' || code === 'UND_ERR_CONNECT_TIMEOUT';
}

function isEventStream(response: Response): boolean {
  return response.headers.get('content-type')?.startsWith('text/event-stream') ?? false;
}

/** The JSON-RPC error in the body of a refusal; one of our own when another program answered. */
async function readRefusal(response: Response): Promise<{ code: string | null; message: RpcMessage }> {
  const parsed = parseMessage(await response.text());
  const error = parsed?.error as { data?: { code?: string } } | undefined;
  if (parsed !== null && error !== undefined) return { code: error.data?.code ?? null, message: parsed };
  const text = `The service answered with HTTP ${response.status}.`;
  return { code: null, message: { jsonrpc: '2.0', id: null, error: { code: -32_603, message: text } } };
}
