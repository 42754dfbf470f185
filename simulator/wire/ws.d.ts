/** The few members of the `ws` package that the simulator uses; the package ships no types of its own. */
declare module 'ws' {
  import type { EventEmitter } from 'node:events';
  import type { IncomingMessage, Server } from 'node:http';

  export class WebSocket extends EventEmitter {
    static readonly OPEN: number;
    readonly readyState: number;
    readonly bufferedAmount: number;
    send(data: Uint8Array, callback?: (error?: Error) => void): void;
    close(code?: number, reason?: string): void;
    terminate(): void;
  }

  export class WebSocketServer extends EventEmitter {
    constructor(options: {
      readonly server: Server;
      readonly perMessageDeflate?: boolean;
      readonly verifyClient?: (
        info: { readonly req: IncomingMessage },
        decide: (accept: boolean, status?: number) => void,
      ) => void;
    });
    readonly clients: Set<WebSocket>;
    close(callback?: (error?: Error) => void): void;
  }
}
