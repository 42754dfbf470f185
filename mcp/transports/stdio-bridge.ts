import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { toTandemError } from '#kernel/errors.ts';
import { TOOL_CALL_DEADLINE_MS } from '#kernel/limits.ts';
import type { Logger } from '#kernel/logger.ts';
import {
  claimedRevision,
  failureAnswer,
  isRequest,
  parseMessage,
  type RpcId,
  type RpcMessage,
  type RpcRequest,
} from './bridge/messages.ts';
import { createServiceConnection } from './bridge/service-connection.ts';
import { createUpstream } from './bridge/upstream.ts';

export interface StdioBridgeOptions {
  /** `service.json` of the data directory, see kernel/service-file.ts. */
  readonly serviceFile: string;
  /** Starts the service as a process of its own that outlives the bridge. */
  readonly startService: () => Promise<void> | void;
  readonly input: Readable;
  /** Carries nothing but JSON-RPC, one message a line. */
  readonly output: Writable;
  readonly logger: Logger;
}

const PARSE_ERROR = -32_700;

/**
 * Passes JSON-RPC between a client's pipe and the service's /mcp until the client closes its end. Several
 * bridges share one service. It understands only what it must to outlive a restart of the service.
 */
export async function runStdioBridge(options: StdioBridgeOptions): Promise<void> {
  const { input, output, logger } = options;
  const deliver = (line: string) => {
    if (output.writable) output.write(`${line}\n`);
  };
  const connection = createServiceConnection(options);
  const upstream = createUpstream({ connection, deliver, logger });
  const running = new Map<Promise<void>, { readonly id: RpcId; readonly modern: boolean; cancel(): void }>();

  const serve = (request: RpcRequest) => {
    const cancelled = new AbortController();
    const work = upstream
      .request(request, cancelled.signal)
      .catch((thrown: unknown) => {
        if (cancelled.signal.aborted) return;
        const error = toTandemError(thrown);
        logger.warn('mcp request not answered by the service', { method: request.method, error });
        deliver(JSON.stringify(failureAnswer(request, error)));
      })
      .finally(() => running.delete(work));
    const modern = claimedRevision(request) !== null;
    running.set(work, { id: request.id, modern, cancel: () => cancelled.abort() });
    return request.method === 'initialize' ? work : undefined;
  };

  /** In the protocol without sessions a request is cancelled by hanging up. */
  const hangUp = (message: RpcMessage): boolean => {
    if (message.method !== 'notifications/cancelled') return false;
    for (const call of running.values()) {
      if (call.modern && call.id === message.params?.requestId) {
        call.cancel();
        return true;
      }
    }
    return false;
  };

  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line.trim() === '') continue;
    const message = parseMessage(line);
    if (message === null) {
      const error = { code: PARSE_ERROR, message: 'Not a JSON-RPC message.' };
      deliver(JSON.stringify({ jsonrpc: '2.0', id: null, error }));
    } else if (isRequest(message)) {
      await serve(message);
    } else if (!hangUp(message)) {
      await upstream.notify(message).catch((thrown: unknown) => {
        logger.warn('mcp notification not delivered', {
          method: message.method,
          error: toTandemError(thrown),
        });
      });
    }
  }
  // A script that pipes its requests in and closes wants the answers all the same.
  const settled = new AbortController();
  await Promise.race([
    Promise.allSettled(running.keys()),
    sleep(TOOL_CALL_DEADLINE_MS, undefined, { signal: settled.signal }).catch(() => undefined),
  ]);
  settled.abort();
  await upstream.close();
}
