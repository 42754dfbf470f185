import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BinaryNode, KeyPair } from '@whiskeysockets/baileys';
import type { Connection } from '../connection.ts';
import type { WireLog } from '../contract.ts';
import type { DeviceRegistry, Registration } from '../devices.ts';
import { type AccountIdentity, userJid, withDevice } from '../identity.ts';
import { bytesOf, child, childBytes, children, node, SERVER } from '../nodes.ts';
import { beginCodeExchange, type CodeExchange, normaliseCode } from './code.ts';
import { pairSuccessStanza } from './pair-success.ts';
import { parseQr } from './qr.ts';
import { readRegistration } from './registration.ts';

export type LinkResult = 'linked' | 'unknown-qr' | 'no-request' | 'wrong-code' | 'refused';

/** How the owner of the phone lets a companion in. */
export type Linking = {
  /** A client without an account has connected. */
  readonly accept: (connection: Connection) => void;
  readonly scanQr: (text: string) => Promise<LinkResult>;
  /** Answers the newest pending request for a code. */
  readonly enterCode: (code: string) => Promise<LinkResult>;
};

export type LinkingDeps = {
  readonly identity: AccountIdentity;
  readonly accountKey: KeyPair;
  readonly registry: DeviceRegistry;
  readonly nowSeconds: () => number;
  readonly log: WireLog;
};

const REF_COUNT = 6;
const REF_BYTES = 24;
// Long enough for the slowest machine, short enough for a test that types a wrong code.
const ANSWER_TIMEOUT_MS = 5_000;
const REQUEST_GRACE_MS = 500;
const REQUEST_POLL_MS = 10;

type Candidate = {
  readonly connection: Connection;
  readonly registration: Registration;
  readonly refs: readonly string[];
  codeRequest: { readonly ref: Uint8Array; readonly wrappedEphemeral: Uint8Array } | null;
  onCodeBundle: ((stanza: BinaryNode) => void) | null;
  pairing: { readonly id: string; readonly onResult: (accepted: boolean) => void } | null;
};

const within = async <T>(promise: Promise<T>, fallback: T): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<T>((resolve) => {
    timer = setTimeout(() => resolve(fallback), ANSWER_TIMEOUT_MS);
  });
  return Promise.race([promise, timeout]).finally(() => clearTimeout(timer));
};

export const createLinking = (deps: LinkingDeps): Linking => {
  const { registry, identity } = deps;
  const candidates = new Set<Candidate>();

  const result = (stanza: BinaryNode, content: BinaryNode[] = []): BinaryNode =>
    node('iq', { from: SERVER, type: 'result', id: stanza.attrs.id }, content);

  const pair = async (candidate: Candidate, advSecret: Uint8Array): Promise<LinkResult> => {
    const { connection, registration } = candidate;
    const deviceId = registry.nextDeviceId();
    const stanzaId = registry.nextId();
    const accepted = new Promise<boolean>((onResult) => {
      candidate.pairing = { id: stanzaId, onResult };
    });
    void connection.send(
      pairSuccessStanza({
        stanzaId,
        deviceId,
        devicePnJid: withDevice(identity.pnJid, deviceId),
        deviceLidJid: withDevice(identity.lidJid, deviceId),
        registration,
        advSecret,
        accountKey: deps.accountKey,
        nowSeconds: deps.nowSeconds(),
      }),
    );
    if (!(await within(accepted, false))) return 'refused';
    candidates.delete(candidate);
    registry.add(deviceId, registration);
    connection.end(node('stream:error', { code: '515' }));
    return 'linked';
  };

  const requestCode = (candidate: Candidate, stanza: BinaryNode, request: BinaryNode): void => {
    const wrappedEphemeral = childBytes(request, 'link_code_pairing_wrapped_companion_ephemeral_pub');
    // A request for another number rings another phone, not this one.
    const ours = userJid(request.attrs.jid ?? '') === identity.pnJid;
    const ref = randomBytes(REF_BYTES);
    if (ours && wrappedEphemeral) {
      candidates.delete(candidate);
      candidates.add(candidate);
      candidate.codeRequest = { ref, wrappedEphemeral };
    }
    void candidate.connection.send(
      result(stanza, [
        node('link_code_companion_reg', { stage: 'companion_hello' }, [
          node('link_code_pairing_ref', {}, ref),
        ]),
      ]),
    );
  };

  const onStanza = (candidate: Candidate, stanza: BinaryNode): void => {
    const request = child(stanza, 'link_code_companion_reg');
    if (stanza.attrs.type === 'result') {
      const { pairing } = candidate;
      if (pairing?.id === stanza.attrs.id) pairing?.onResult(child(stanza, 'pair-device-sign') !== null);
    }
    if (request?.attrs.stage === 'companion_hello') requestCode(candidate, stanza, request);
    else if (request?.attrs.stage === 'companion_finish') candidate.onCodeBundle?.(stanza);
    else if (stanza.tag === 'iq' && stanza.attrs.type !== 'result')
      void candidate.connection.send(result(stanza));
  };

  /** The request may still be on its way when the owner, here a program, already types. */
  const newestRequest = async (): Promise<Candidate | null> => {
    for (let waited = 0; waited <= REQUEST_GRACE_MS; waited += REQUEST_POLL_MS) {
      const candidate = [...candidates].findLast(({ codeRequest }) => codeRequest !== null);
      if (candidate) return candidate;
      await sleep(REQUEST_POLL_MS);
    }
    return null;
  };

  const exchangeCode = async (candidate: Candidate, code: string): Promise<LinkResult> => {
    const { codeRequest, connection } = candidate;
    if (!codeRequest) return 'no-request';
    candidate.codeRequest = null;
    const exchange: CodeExchange = await beginCodeExchange(
      code,
      codeRequest.wrappedEphemeral,
      deps.accountKey,
    );
    const bundle = new Promise<BinaryNode | null>((resolve) => {
      candidate.onCodeBundle = resolve;
    });
    const hello = node('link_code_companion_reg', { jid: identity.pnJid, stage: 'primary_hello' }, [
      node('link_code_pairing_wrapped_primary_ephemeral_pub', {}, exchange.wrappedEphemeral),
      node('primary_identity_pub', {}, deps.accountKey.public),
      node('link_code_pairing_ref', {}, codeRequest.ref),
    ]);
    const attrs = { from: SERVER, type: 'link_code_companion_reg', id: registry.nextId() };
    void connection.send(node('notification', { ...attrs, t: String(deps.nowSeconds()) }, [hello]));
    const stanza = await within(bundle, null);
    if (!stanza) return 'refused';
    const [request] = children(stanza);
    const sealed = childBytes(request, 'link_code_pairing_wrapped_key_bundle');
    const companionIdentity = bytesOf(child(request, 'companion_identity_public'));
    const advSecret = sealed && companionIdentity ? exchange.openBundle(sealed, companionIdentity) : null;
    // With different codes on the two sides the real phone only says so to its owner; the companion hears nothing.
    if (!advSecret) return 'wrong-code';
    await connection.send(result(stanza));
    return pair(candidate, advSecret);
  };

  return {
    accept: (connection) => {
      const data = connection.payload.devicePairingData;
      if (!data) throw new Error('registration without pairing data');
      const refs = Array.from({ length: REF_COUNT }, () => randomBytes(REF_BYTES).toString('base64url'));
      const registration = readRegistration(connection.clientKey, data);
      const candidate: Candidate = {
        connection,
        registration,
        refs,
        codeRequest: null,
        onCodeBundle: null,
        pairing: null,
      };
      candidates.add(candidate);
      connection.onClose(() => candidates.delete(candidate));
      connection.onStanza((stanza) => onStanza(candidate, stanza));
      const refNodes = refs.map((ref) => node('ref', {}, Buffer.from(ref)));
      const attrs = { from: SERVER, type: 'set', xmlns: 'md', id: registry.nextId() };
      void connection.send(node('iq', attrs, [node('pair-device', {}, refNodes)]));
    },
    scanQr: async (text) => {
      const qr = parseQr(text);
      const candidate = [...candidates].find(
        ({ refs, connection }) =>
          qr !== null && refs.includes(qr.ref) && Buffer.from(qr.noiseKey).equals(connection.clientKey),
      );
      if (!qr || !candidate) return 'unknown-qr';
      return pair(candidate, qr.advSecret);
    },
    enterCode: async (code) => {
      const candidate = await newestRequest();
      if (!candidate) return 'no-request';
      return exchangeCode(candidate, normaliseCode(code));
    },
  };
};
