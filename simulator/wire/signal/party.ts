import { randomInt } from 'node:crypto';
import {
  addTransactionCapability,
  Curve,
  DEFAULT_CONNECTION_CONFIG,
  encodeWAMessage,
  type KeyPair,
  proto,
  signedKeyPair,
  unpadRandomMax16,
} from '@whiskeysockets/baileys';
import pino from 'pino';
import { type SignalBundle, toSession } from '../signal-bundle.ts';
import { createMemoryKeys } from './memory-keys.ts';

export type Sealed = { readonly type: 'pkmsg' | 'msg'; readonly ciphertext: Uint8Array };
export type GroupSealed = { readonly ciphertext: Uint8Array; readonly distribution: Uint8Array };

/** Thrown when bytes do not decrypt; the receiver then asks for them again. */
export class UndecryptableError extends Error {}

/**
 * One Signal device of the simulated world: the phone, or a contact's phone. It talks only to companions of the
 * account, and names each by its LID JID with device. Calls on one party run one after the other.
 */
export type Party = {
  readonly identityKey: KeyPair;
  readonly registrationId: number;
  /** A bundle with a fresh one-time key. */
  readonly bundle: () => Promise<SignalBundle>;
  /** Opens a session with the companion when there is none; `renew` replaces the one there is. */
  readonly ensureSession: (
    companion: string,
    takeBundle: () => SignalBundle,
    options?: { readonly renew: boolean },
  ) => Promise<void>;
  readonly seal: (companion: string, message: proto.IMessage) => Promise<Sealed>;
  readonly open: (companion: string, type: string, ciphertext: Uint8Array) => Promise<proto.IMessage>;
  readonly sealForGroup: (group: string, self: string, message: proto.IMessage) => Promise<GroupSealed>;
  readonly openFromGroup: (
    group: string,
    companion: string,
    ciphertext: Uint8Array,
  ) => Promise<proto.IMessage>;
  /** Remembers whether the companion already has our sender key of this group; true the first time. */
  readonly claimDistribution: (group: string, companion: string) => boolean;
  readonly forgetDistributions: (companion: string) => void;
  readonly close: () => void;
};

const SIGNED_PRE_KEY_ID = 1;
const MAX_REGISTRATION_ID = 16_383;

const silent = pino({ level: 'silent' });

const decode = (padded: Uint8Array): proto.IMessage => proto.Message.decode(unpadRandomMax16(padded));

const opening = async (work: () => Promise<Uint8Array>): Promise<proto.IMessage> => {
  try {
    return decode(await work());
  } catch (cause) {
    throw new UndecryptableError('message does not decrypt', { cause });
  }
};

export const createParty = (identityKey: KeyPair = Curve.generateKeyPair()): Party => {
  const registrationId = randomInt(1, MAX_REGISTRATION_ID);
  const signedPreKey = signedKeyPair(identityKey, SIGNED_PRE_KEY_ID);
  const keys = addTransactionCapability(createMemoryKeys(), silent, {
    maxCommitRetries: 1,
    delayBetweenTriesMs: 0,
  });
  const repository = DEFAULT_CONNECTION_CONFIG.makeSignalRepository(
    { creds: { signedIdentityKey: identityKey, signedPreKey, registrationId }, keys },
    silent,
  );
  const distributed = new Set<string>();
  let lastPreKeyId = 0;
  let queue: Promise<unknown> = Promise.resolve();

  const serial = <T>(work: () => Promise<T>): Promise<T> => {
    const done = queue.then(work);
    queue = done.catch(() => undefined);
    return done;
  };

  const learnSenderKey = async (companion: string, message: proto.IMessage): Promise<void> => {
    const item = message.senderKeyDistributionMessage;
    if (item) await repository.processSenderKeyDistributionMessage({ item, authorJid: companion });
  };

  return {
    identityKey,
    registrationId,
    bundle: () =>
      serial(async () => {
        const id = ++lastPreKeyId;
        const preKey = Curve.generateKeyPair();
        await keys.set({ 'pre-key': { [id]: preKey } });
        return {
          registrationId,
          identityKey: identityKey.public,
          signedPreKey: {
            id: signedPreKey.keyId,
            publicKey: signedPreKey.keyPair.public,
            signature: signedPreKey.signature,
          },
          preKey: { id, publicKey: preKey.public },
        };
      }),
    ensureSession: (companion, takeBundle, options = { renew: false }) =>
      serial(async () => {
        if (!options.renew && (await repository.validateSession(companion)).exists) return;
        await repository.injectE2ESession({ jid: companion, session: toSession(takeBundle()) });
      }),
    seal: (companion, message) =>
      serial(() => repository.encryptMessage({ jid: companion, data: encodeWAMessage(message) })),
    open: (companion, type, ciphertext) =>
      serial(() =>
        opening(() =>
          repository.decryptMessage({ jid: companion, type: type === 'pkmsg' ? 'pkmsg' : 'msg', ciphertext }),
        ).then(async (message) => {
          await learnSenderKey(companion, message);
          return message;
        }),
      ),
    sealForGroup: (group, self, message) =>
      serial(async () => {
        const sealed = await repository.encryptGroupMessage({
          group,
          meId: self,
          data: encodeWAMessage(message),
        });
        return { ciphertext: sealed.ciphertext, distribution: sealed.senderKeyDistributionMessage };
      }),
    openFromGroup: (group, companion, ciphertext) =>
      serial(() =>
        opening(() => repository.decryptGroupMessage({ group, authorJid: companion, msg: ciphertext })),
      ),
    claimDistribution: (group, companion) => {
      const key = `${companion} ${group}`;
      const first = !distributed.has(key);
      distributed.add(key);
      return first;
    },
    forgetDistributions: (companion) => {
      for (const key of distributed) if (key.startsWith(`${companion} `)) distributed.delete(key);
    },
    close: () => repository.close?.(),
  };
};
