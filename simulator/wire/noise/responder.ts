import { Curve, proto } from '@whiskeysockets/baileys';
import type { ServerIdentity } from './certificates.ts';
import { createSymmetricState, createTransport, type Transport } from './cipher.ts';

export type HandshakeResult = {
  readonly transport: Transport;
  /** The static Noise key: with it a known device proves who it is. */
  readonly clientKey: Uint8Array;
  readonly payload: proto.ClientPayload;
};

/** The server side of Noise XX: two client frames in, one server frame out. Throws on anything malformed. */
export type Responder = {
  readonly hello: (frame: Uint8Array) => Uint8Array;
  readonly finish: (frame: Uint8Array) => HandshakeResult;
};

const required = (bytes: Uint8Array | null | undefined, field: string): Uint8Array => {
  if (!bytes?.length) throw new Error(`handshake without ${field}`);
  return bytes;
};

export const createResponder = (identity: ServerIdentity): Responder => {
  const state = createSymmetricState();
  const ephemeral = Curve.generateKeyPair();

  return {
    hello: (frame) => {
      const { clientHello } = proto.HandshakeMessage.decode(frame);
      const clientEphemeral = required(clientHello?.ephemeral, 'client ephemeral');
      state.mixHash(clientEphemeral);
      state.mixHash(ephemeral.public);
      state.mixKey(Curve.sharedKey(ephemeral.private, clientEphemeral));
      const staticKey = state.encrypt(identity.staticKey.public);
      state.mixKey(Curve.sharedKey(identity.staticKey.private, clientEphemeral));
      const payload = state.encrypt(identity.certificate);
      return proto.HandshakeMessage.encode({
        serverHello: { ephemeral: ephemeral.public, static: staticKey, payload },
      }).finish();
    },
    finish: (frame) => {
      const { clientFinish } = proto.HandshakeMessage.decode(frame);
      const clientKey = state.decrypt(required(clientFinish?.static, 'client static'));
      state.mixKey(Curve.sharedKey(ephemeral.private, clientKey));
      const payload = proto.ClientPayload.decode(
        state.decrypt(required(clientFinish?.payload, 'client payload')),
      );
      const [fromClient, toClient] = state.split();
      return { transport: createTransport(toClient, fromClient), clientKey, payload };
    },
  };
};
