import { setTimeout as sleep } from 'node:timers/promises';
import { TandemError, toTandemError } from '#kernel/errors.ts';
import type { Logger } from '#kernel/logger.ts';
import { exchange, isEventStream, type Outcome } from './exchange.ts';
import { claimedRevision, type RpcMessage, type RpcRequest } from './messages.ts';
import type { ServiceConnection } from './service-connection.ts';
import { createSessionMemory } from './session-memory.ts';
import { readEvents } from './sse.ts';

/** The service as the bridge's client sees it: one session, however often the service restarts. */
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

/** A service that restarts is back within seconds; after this the caller is told. */
const RETRY_FOR_MS = 20_000;
const RETRY_INTERVAL_MS = 250;
const RELISTEN_INTERVAL_MS = 1_000;
const GOODBYE_TIMEOUT_MS = 1_000;

const MCP_PATH = '/mcp';
const ACCEPT = 'application/json, text/event-stream';

type Pass = (line: string) => void;
const nobody: Pass = () => undefined;

export function createUpstream({ connection, deliver, logger }: UpstreamOptions): Upstream {
  const closing = new AbortController();
  const memory = createSessionMemory();
  let sessionId: string | null = null;
  /** Settles when the session that is being opened is there; never rejects. */
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
    } else if (sessionId !== null && message.method !== 'initialize') {
      headers['mcp-session-id'] = sessionId;
      if (memory.protocolVersion !== null) headers['mcp-protocol-version'] = memory.protocolVersion;
    }
    return headers;
  };

  const once = async (message: RpcMessage, pass: Pass, signal: AbortSignal): Promise<Outcome> => {
    const service = await connection.locate();
    const outcome = await exchange({
      url: `${service.url}${MCP_PATH}`,
      headers: headersFor(message, service.token),
      message,
      signal,
      onSession: (id) => {
        if (message.method === 'initialize') sessionId = id;
      },
      onMessage: (line, parsed) => {
        memory.answered(message, parsed);
        pass(line);
      },
    });
    if (outcome.kind === 'cut' || (outcome.kind === 'refused' && outcome.repair === 'service')) {
      connection.forget();
    }
    return outcome;
  };

  /** Repeats what was surely not carried out, until the service is back. */
  const persist = async (
    message: RpcMessage,
    pass: Pass,
    signal: AbortSignal,
    reopens = true,
  ): Promise<Outcome> => {
    const giveUpAt = Date.now() + RETRY_FOR_MS;
    for (;;) {
      const used = sessionId;
      const outcome = await once(message, pass, signal);
      if (outcome.kind !== 'refused') return outcome;
      if (Date.now() > giveUpAt) throw new TandemError('NOT_RUNNING');
      if (outcome.repair === 'service') await sleep(RETRY_INTERVAL_MS, undefined, { signal });
      else if (reopens) await reopen(used);
      else throw new TandemError('SESSION_NOT_FOUND');
    }
  };

  const own = (message: Omit<RpcMessage, 'jsonrpc' | 'id'>): RpcMessage => {
    ownIds += 1;
    return { jsonrpc: '2.0', id: `tandem-bridge-${ownIds}`, ...message };
  };

  /** A new session in place of one that the service no longer knows; only one caller does the work. */
  const reopen = (lost: string | null): Promise<void> => {
    const attempt = opening.then(async () => {
      const { initialize } = memory;
      if (sessionId !== lost || initialize === null) return;
      logger.info('mcp session is gone; opening a new one');
      const { signal } = closing;
      await persist(own({ method: 'initialize', params: initialize.params ?? {} }), nobody, signal, false);
      if (sessionId === lost) throw new TandemError('SESSION_NOT_FOUND');
      if (!memory.initialized) return;
      await persist({ jsonrpc: '2.0', method: 'notifications/initialized' }, nobody, signal, false);
      for (const uri of memory.subscribed) {
        await persist(own({ method: 'resources/subscribe', params: { uri } }), nobody, signal, false);
      }
    });
    opening = attempt.catch(() => undefined);
    return attempt;
  };

  /** Nobody knows what changed while there was no stream, so the reader should look. */
  const tellSubscribed = () => {
    const method = 'notifications/resources/updated';
    for (const uri of memory.subscribed) {
      deliver(JSON.stringify({ jsonrpc: '2.0', method, params: { uri } }));
    }
  };

  /** Holds the stream on which the service speaks by itself; never starts a service for its sake. */
  const listenOnce = async (): Promise<void> => {
    const service = await connection.peek();
    const used = sessionId;
    if (service === null || used === null) return;
    const headers = headersFor({ jsonrpc: '2.0' }, service.token);
    const response = await fetch(`${service.url}${MCP_PATH}`, {
      headers: { ...headers, accept: 'text/event-stream' },
      signal: closing.signal,
    });
    if (response.ok && isEventStream(response)) {
      tellSubscribed();
      for await (const event of readEvents(response.body)) deliver(event);
      return;
    }
    await response.body?.cancel();
    if (response.status === 404) await reopen(used);
  };

  const listen = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      try {
        await listenOnce();
      } catch (thrown) {
        logger.debug('mcp event stream broke', { error: toTandemError(thrown) });
      }
      await sleep(RELISTEN_INTERVAL_MS, undefined, { signal: closing.signal }).catch(() => undefined);
    }
  };

  return {
    request: async (request, signal) => {
      const either = AbortSignal.any([signal, closing.signal]);
      const isHello = request.method === 'initialize';
      if (isHello) {
        sessionId = null;
        memory.sent(request);
      }
      const work = persist(request, deliver, either);
      // What follows `initialize` needs its session.
      if (isHello) opening = work.then(() => undefined).catch(() => undefined);
      const first = await work;
      if (first.kind !== 'cut') return;
      if (!memory.isRepeatable(request)) throw cutOff();
      const second = await persist(request, deliver, either);
      if (second.kind === 'cut') throw new TandemError('NOT_RUNNING');
    },
    notify: async (message) => {
      await opening;
      await persist(message, nobody, closing.signal);
      memory.sent(message);
      if (!memory.initialized || listening) return;
      listening = true;
      void listen();
    },
    close: async () => {
      closing.abort();
      const service = sessionId === null ? null : await connection.peek();
      if (service === null) return;
      const headers = headersFor({ jsonrpc: '2.0' }, service.token);
      const signal = AbortSignal.timeout(GOODBYE_TIMEOUT_MS);
      // The service reaps what this does not reach.
      await fetch(`${service.url}${MCP_PATH}`, { method: 'DELETE', headers, signal }).catch(() => undefined);
    },
  };
}

function cutOff(): TandemError {
  return new TandemError('DELIVERY_UNKNOWN', {
    message: 'The service stopped before it answered; the call may or may not have been carried out.',
    hint: 'Look before you repeat anything that sends or changes.',
  });
}
