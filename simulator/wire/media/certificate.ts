import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';

/**
 * A self-signed TLS certificate for loopback, made from DER by hand: Node can read certificates but
 * not write them, and a library for one file in a simulator is too much.
 */
export interface ServerCertificate {
  readonly keyPem: string;
  readonly certPem: string;
}

const DAY_MS = 86_400_000;
/** Long enough for any test run; short enough that a forgotten file in a trust store does no harm. */
const VALID_DAYS = 30;

const TAG = {
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  utf8: 0x0c,
  time: 0x17,
  sequence: 0x30,
  set: 0x31,
};
const OID = {
  ecdsaWithSha256: '2a8648ce3d040302',
  commonName: '550403',
  subjectAltName: '551d11',
  basicConstraints: '551d13',
} as const;

const der = (tag: number, ...parts: readonly Uint8Array[]): Buffer => {
  const body = Buffer.concat(parts);
  const length =
    body.length < 0x80
      ? Buffer.from([body.length])
      : body.length < 0x100
        ? Buffer.from([0x81, body.length])
        : Buffer.from([0x82, body.length >> 8, body.length & 0xff]);
  return Buffer.concat([Buffer.from([tag]), length, body]);
};

const oid = (hex: string): Buffer => der(TAG.oid, Buffer.from(hex, 'hex'));
const name = (text: string): Buffer =>
  der(TAG.sequence, der(TAG.set, der(TAG.sequence, oid(OID.commonName), der(TAG.utf8, Buffer.from(text)))));

const utcTime = (ms: number): Buffer =>
  der(TAG.time, Buffer.from(`${new Date(ms).toISOString().slice(2, 19).replaceAll(/[-T:]/g, '')}Z`));

const altNames = (hosts: readonly string[]): Buffer =>
  der(
    TAG.sequence,
    ...hosts.map((host) =>
      /^[\d.]+$/.test(host)
        ? der(0x87, Buffer.from(host.split('.').map(Number)))
        : der(0x82, Buffer.from(host)),
    ),
  );

const pem = (label: string, bytes: Uint8Array): string =>
  `-----BEGIN ${label}-----\n${Buffer.from(bytes).toString('base64').replaceAll(/.{64}/g, '$&\n').trimEnd()}\n-----END ${label}-----\n`;

/** `hosts`: DNS names and IPv4 addresses that the certificate is good for. */
export const createCertificate = (hosts: readonly string[], nowMs: number): ServerCertificate => {
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = der(TAG.sequence, oid(OID.ecdsaWithSha256));
  const serial = randomBytes(8);
  // A leading one keeps the integer positive and of full length.
  serial[0] = 0x40 | ((serial[0] ?? 0) & 0x3f);
  // OpenSSL finds the issuer by name: two simulators trusted by one process must not share it.
  const subject = name(`Tandem simulator ${serial.toString('hex')}`);
  const extensions = der(
    TAG.sequence,
    // It is its own authority, so that trusting this one file is enough.
    der(
      TAG.sequence,
      oid(OID.basicConstraints),
      Buffer.from([0x01, 0x01, 0xff]),
      der(TAG.octetString, der(TAG.sequence, Buffer.from([0x01, 0x01, 0xff]))),
    ),
    der(TAG.sequence, oid(OID.subjectAltName), der(TAG.octetString, altNames(hosts))),
  );
  const body = der(
    TAG.sequence,
    der(0xa0, der(TAG.integer, Buffer.from([2]))),
    der(TAG.integer, serial),
    algorithm,
    subject,
    der(TAG.sequence, utcTime(nowMs - DAY_MS), utcTime(nowMs + VALID_DAYS * DAY_MS)),
    subject,
    keys.publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, extensions),
  );
  const signature = sign('sha256', body, keys.privateKey);
  const certificate = der(TAG.sequence, body, algorithm, der(TAG.bitString, Buffer.from([0]), signature));
  return {
    keyPem: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    certPem: pem('CERTIFICATE', certificate),
  };
};
