import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { acceptConnection, type Connection } from './connection.ts';
import type { ServerIdentity } from './noise/certificates.ts';

export type Listener = {
  /** `ws://127.0.0.1:45123/ws/chat` */
  readonly url: string;
  readonly close: () => Promise<void>;
};

/** An HTTP status instead of the upgrade, or a TCP reset. */
export type Refusal = number | 'reset';

export type ListenerOptions = {
  readonly port: number;
  readonly identity: ServerIdentity;
  /** How to refuse a new connection; null to accept. Asked at every attempt. */
  readonly refusal: () => Refusal | null;
  readonly onConnection: (connection: Connection) => void;
};

/** Listens on loopback for WhatsApp clients. */
export const listen = async (options: ListenerOptions): Promise<Listener> => {
  const http = createServer((_, response) => response.writeHead(426).end());
  const sockets = new WebSocketServer({
    server: http,
    perMessageDeflate: false,
    verifyClient: ({ req }, decide) => {
      const refusal = options.refusal();
      if (refusal === null) decide(true);
      else if (refusal === 'reset') req.socket.destroy();
      else decide(false, refusal);
    },
  });
  sockets.on('connection', (socket: WebSocket) =>
    acceptConnection(socket, options.identity, options.onConnection),
  );
  await new Promise<void>((resolve, reject) => {
    http.once('error', reject);
    http.listen(options.port, '127.0.0.1', resolve);
  });
  const { port } = http.address() as AddressInfo;
  return {
    url: `ws://127.0.0.1:${port}/ws/chat`,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets.clients) socket.terminate();
        sockets.close(() => http.close(() => resolve()));
      }),
  };
};
