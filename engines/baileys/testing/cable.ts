import type { AddressInfo } from 'node:net';
import { connect, createServer, type Socket } from 'node:net';

/** A stretch of wire between engine and server that a test can cut at an exact place. */
export interface Cable {
  /** Where the engine connects instead. */
  readonly url: string;
  /** The next connection breaks when the client speaks for the n-th time (1 = the upgrade). Every other one holds. */
  breakNextAt(turn: number): void;
  /** Connections that were opened through it. */
  connections(): number;
  close(): Promise<void>;
}

/** On the port given, else on any free one. */
export async function createCable(target: string, nearPort = 0): Promise<Cable> {
  const { hostname, port } = new URL(target);
  const url = new URL(target);
  const open = new Set<Socket>();
  let breakAt: number | null = null;
  let connections = 0;
  const server = createServer((near) => {
    const limit = breakAt;
    breakAt = null;
    connections += 1;
    const far = connect(Number(port), hostname);
    let turns = 0;
    let clientSpeaks = false;
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        open.delete(socket);
        other.destroy();
      });
    }
    near.on('data', (bytes) => {
      if (!clientSpeaks) turns += 1;
      clientSpeaks = true;
      if (turns === limit) near.resetAndDestroy();
      else far.write(bytes);
    });
    far.on('data', (bytes) => {
      clientSpeaks = false;
      near.write(bytes);
    });
  });
  await new Promise<void>((resolve) => server.listen(nearPort, '127.0.0.1', resolve));
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    breakNextAt: (turn) => {
      breakAt = turn;
    },
    connections: () => connections,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}
