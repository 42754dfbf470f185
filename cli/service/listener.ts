import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import type { Hono } from 'hono';
import { TandemError } from '#kernel/errors.ts';
import { findPortHolder } from '#orchestrator/services/diagnostics/port-holder.ts';

export interface Listener {
  readonly port: number;
  /** Base address as seen from this machine, without a trailing slash. */
  readonly url: string;
  /** Takes no new requests and ends the open ones. */
  close(): Promise<void>;
}

/** Opens the port of the service. Throws PORT_IN_USE naming the holder, CONFIG_INVALID for an address that is not ours. */
export function listen(app: Hono, host: string, port: number): Promise<Listener> {
  const server = createAdaptorServer({ fetch: app.fetch }) as Server;
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(error, host, port)));
    server.listen(port, host, () => {
      const bound = (server.address() as AddressInfo).port;
      resolve({
        port: bound,
        url: `http://${localName(host)}:${bound}`,
        close: () =>
          new Promise((done) => {
            server.close(() => done());
            server.closeAllConnections();
          }),
      });
    });
  });
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number): TandemError {
  if (error.code === 'EADDRINUSE') {
    const holder = findPortHolder(port);
    return new TandemError('PORT_IN_USE', {
      message: `Port ${port} is taken by ${holder === null ? 'another program' : `${holder.program} (pid ${holder.pid})`}.`,
      hint: 'Stop that program, or choose another port: `tandem up --port 8090`, or TANDEM_PORT=0 for any free one.',
      details: { port, host, holder },
      cause: error,
    });
  }
  return new TandemError('CONFIG_INVALID', {
    message: `The service cannot listen on ${host}:${port} (${error.code ?? 'unknown reason'}).`,
    details: { host, port, reason: error.code ?? 'unknown' },
    cause: error,
  });
}

/** An address under which this machine reaches a listener. */
function localName(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
