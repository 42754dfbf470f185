import type { Server } from 'node:net';

/**
 * Every TCP connection of a server, those too that have not finished their TLS handshake: the server's own list
 * leaves them out, and its `close` waits for them.
 */
export const trackSockets = (server: Server): { readonly destroyAll: () => void } => {
  const open = new Set<{ destroy(): void }>();
  server.on('connection', (socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  return {
    destroyAll: () => {
      for (const socket of open) socket.destroy();
    },
  };
};
