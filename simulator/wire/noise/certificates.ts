import { Curve, type KeyPair, proto } from '@whiskeysockets/baileys';

/** What a client that trusts only `rootPublicKey` accepts: root signs intermediate, intermediate signs leaf. */
export type ServerIdentity = {
  readonly rootPublicKey: Uint8Array;
  readonly staticKey: KeyPair;
  /** The encoded `CertChain` that travels inside the server hello. */
  readonly certificate: Uint8Array;
};

// The serial that Baileys expects the intermediate to name as its issuer.
const ROOT_SERIAL = 0;
const INTERMEDIATE_SERIAL = 1;
const LEAF_SERIAL = 2;

const { Details } = proto.CertChain.NoiseCertificate;

export const createServerIdentity = (): ServerIdentity => {
  const root = Curve.generateKeyPair();
  const intermediate = Curve.generateKeyPair();
  const staticKey = Curve.generateKeyPair();
  const intermediateDetails = Details.encode({
    serial: INTERMEDIATE_SERIAL,
    issuerSerial: ROOT_SERIAL,
    key: intermediate.public,
  }).finish();
  const leafDetails = Details.encode({
    serial: LEAF_SERIAL,
    issuerSerial: INTERMEDIATE_SERIAL,
    key: staticKey.public,
  }).finish();
  const certificate = proto.CertChain.encode({
    intermediate: {
      details: intermediateDetails,
      signature: Curve.sign(root.private, intermediateDetails),
    },
    leaf: { details: leafDetails, signature: Curve.sign(intermediate.private, leafDetails) },
  }).finish();
  return { rootPublicKey: root.public, staticKey, certificate };
};
