import { randomBytes, randomInt } from 'node:crypto';
import { normaliseCode } from '../wire/pairing/code.ts';
import type { LinkResult } from '../wire/pairing/linking.ts';
import type { WebDevice } from './contract.ts';
import { toJid } from './projection/wids.ts';

/** A page without an account, showing its QR code. */
export type Candidate = {
  /** What the page says its keys are, base64. */
  readonly keys: { readonly staticKey: string; readonly identityKey: string; readonly advSecret: string };
  readonly tell: (event: string, data: unknown) => void;
  readonly linked: (device: WebDevice) => void;
};

export type WebPairing = {
  /** From now on the page gets references for its QR codes. Returns the way to stop. */
  readonly offer: (candidate: Candidate) => () => void;
  readonly refresh: (candidate: Candidate) => void;
  readonly requestCode: (candidate: Candidate, phoneNumber: string) => string;
  /** Null: none of the pages showed it. */
  readonly scanQr: (text: string) => LinkResult | null;
  readonly enterCode: (code: string) => LinkResult | null;
  /** Stops handing out references, as the server does after a while. */
  readonly idle: () => number;
};

export type WebPairingOptions = {
  readonly ownPn: string;
  readonly link: (staticKey: Uint8Array) => WebDevice;
  readonly refMs: () => number;
};

const REF_BYTES = 32;
const CODE_LENGTH = 8;
// No vowels that make words, nothing that looks like something else.
const CODE_LETTERS = '123456789ABCDEFGHJKLMNPQRSTVWXYZ';

type Showing = {
  readonly candidate: Candidate;
  readonly refs: string[];
  code: string | null;
  timer: NodeJS.Timeout;
};

const newRef = (): string => `2@${randomBytes(REF_BYTES).toString('base64')}`;
const newCode = (): string =>
  Array.from({ length: CODE_LENGTH }, () => CODE_LETTERS[randomInt(CODE_LETTERS.length)]).join('');

/** How the owner of the phone lets a browser in. */
export const createWebPairing = ({ ownPn, link, refMs }: WebPairingOptions): WebPairing => {
  const showing = new Map<Candidate, Showing>();

  const show = (entry: Showing): void => {
    const ref = newRef();
    entry.refs.push(ref);
    entry.candidate.tell('ref', { ref });
    clearTimeout(entry.timer);
    entry.timer = setTimeout(() => show(entry), refMs());
    entry.timer.unref();
  };

  const stop = (candidate: Candidate): void => {
    clearTimeout(showing.get(candidate)?.timer);
    showing.delete(candidate);
  };

  const admit = ({ candidate }: Showing): LinkResult => {
    stop(candidate);
    candidate.linked(link(Buffer.from(candidate.keys.staticKey, 'base64')));
    return 'linked';
  };

  return {
    offer: (candidate) => {
      const entry: Showing = { candidate, refs: [], code: null, timer: setTimeout(() => undefined, 0) };
      showing.set(candidate, entry);
      show(entry);
      return () => stop(candidate);
    },
    refresh: (candidate) => {
      const entry = showing.get(candidate);
      if (entry) show(entry);
    },
    requestCode: (candidate, phoneNumber) => {
      const code = newCode();
      const entry = showing.get(candidate);
      // A request for another number rings another phone, not this one.
      if (entry && toJid(`${phoneNumber}@c.us`) === ownPn) {
        showing.delete(candidate);
        showing.set(candidate, entry);
        entry.code = code;
      }
      return code;
    },
    scanQr: (text) => {
      const [ref, staticKey, identityKey, advSecret] = text.split(',');
      const entry = [...showing.values()].find(({ refs }) => ref !== undefined && refs.includes(ref));
      if (!entry) return null;
      const { keys } = entry.candidate;
      const same =
        keys.staticKey === staticKey && keys.identityKey === identityKey && keys.advSecret === advSecret;
      return same ? admit(entry) : 'refused';
    },
    enterCode: (typed) => {
      const waiting = [...showing.values()].filter(({ code }) => code !== null);
      const entry = waiting.findLast(({ code }) => code === normaliseCode(typed));
      if (entry) return admit(entry);
      return waiting.length === 0 ? null : 'wrong-code';
    },
    idle: () => {
      for (const { candidate, timer } of showing.values()) {
        clearTimeout(timer);
        candidate.tell('idle', {});
      }
      return showing.size;
    },
  };
};
