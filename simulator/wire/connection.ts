import { type BinaryNode, decodeBinaryNode, encodeBinaryNode, type proto } from '@whiskeysockets/baileys';
import { WebSocket } from 'ws';
import type { ServerIdentity } from './noise/certificates.ts';
import type { Transport } from './noise/cipher.ts';
import { createFrameReader, encodeFrame } from './noise/frames.ts';
import { createResponder } from './noise/responder.ts';

/** A client whose handshake is done: stanzas in, stanzas out. */
export type Connection = {
  readonly clientKey: Uint8Array;
  readonly payload: proto.ClientPayload;
  readonly isOpen: () => boolean;
  /** Resolves when the bytes have left; also when the peer is gone, as TCP would not tell either. */
  readonly send: (node: BinaryNode) => Promise<void>;
  /** Sends a last stanza and closes. */
  readonly end: (node?: BinaryNode) => void;
  /** Breaks the TCP connection. */
  readonly drop: () => void;
  /** The next stanza of at least so many bytes is cut in the middle, and the connection breaks there. */
  readonly cutNextStanza: (minimumBytes: number) => void;
  readonly onStanza: (listener: (node: BinaryNode) => void) => void;
  readonly onClose: (listener: () => void) => void;
};

const handshake = (
  socket: WebSocket,
  identity: ServerIdentity,
  receive: (listener: (frame: Uint8Array) => void) => void,
  ready: (result: ReturnType<ReturnType<typeof createResponder>['finish']>) => void,
): void => {
  const responder = createResponder(identity);
  let greeted = false;
  receive((frame) => {
    if (!greeted) {
      greeted = true;
      socket.send(encodeFrame(responder.hello(frame)));
      return;
    }
    ready(responder.finish(frame));
  });
};

/** Runs the handshake on a new socket and hands over the connection; a client that breaks the protocol is dropped. */
export const acceptConnection = (
  socket: WebSocket,
  identity: ServerIdentity,
  onReady: (connection: Connection) => void,
): void => {
  const readFrames = createFrameReader();
  const closeListeners: (() => void)[] = [];
  let onFrame: (frame: Uint8Array) => void = () => undefined;
  let stanzaListener: (node: BinaryNode) => void = () => undefined;
  let decoding: Promise<void> = Promise.resolve();
  let cutAtBytes: number | null = null;

  const drop = (): void => socket.terminate();
  socket.on('message', (data: Buffer) => {
    try {
      for (const frame of readFrames(data)) onFrame(frame);
    } catch {
      drop();
    }
  });
  socket.on('error', drop);
  socket.on('close', () => {
    for (const listener of closeListeners) listener();
  });

  const write = (transport: Transport, stanza: BinaryNode): Promise<void> =>
    new Promise((resolve) => {
      if (socket.readyState !== WebSocket.OPEN) {
        resolve();
        return;
      }
      const frame = encodeFrame(transport.encrypt(encodeBinaryNode(stanza)));
      if (cutAtBytes !== null && frame.length >= cutAtBytes) {
        cutAtBytes = null;
        socket.send(frame.subarray(0, frame.length >> 1), () => {
          drop();
          resolve();
        });
        return;
      }
      socket.send(frame, () => resolve());
    });

  handshake(
    socket,
    identity,
    (listener) => {
      onFrame = listener;
    },
    ({ transport, clientKey, payload }) => {
      onFrame = (frame) => {
        const plaintext = Buffer.from(transport.decrypt(frame));
        // Inflating is asynchronous, and stanzas must keep their order.
        decoding = decoding.then(async () => stanzaListener(await decodeBinaryNode(plaintext))).catch(drop);
      };
      onReady({
        clientKey,
        payload,
        isOpen: () => socket.readyState === WebSocket.OPEN,
        send: (stanza) => write(transport, stanza),
        end: (stanza) => {
          if (stanza) void write(transport, stanza).then(() => socket.close());
          else socket.close();
        },
        drop,
        cutNextStanza: (minimumBytes) => {
          cutAtBytes = minimumBytes;
        },
        onStanza: (listener) => {
          stanzaListener = listener;
        },
        onClose: (listener) => {
          closeListeners.push(listener);
        },
      });
    },
  );
};
