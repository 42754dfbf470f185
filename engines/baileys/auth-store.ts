import {
  type AuthenticationCreds,
  makeCacheableSignalKeyStore,
  type SignalDataSet,
  type SignalDataTypeMap,
  type SignalKeyStore,
} from '@whiskeysockets/baileys';
import type { LibraryLogger } from './library-logger.ts';
import { withFewChains } from './session-chains.ts';

/**
 * Where the credentials of the linked device live. Asynchronous and free of any dialect. Every write is one
 * transaction, seen by readers at once, and survives a power cut when it resolves. One that is rejected has
 * changed nothing, or only cannot be sure of the disk.
 */
export interface AuthStore {
  loadCreds(): Promise<AuthenticationCreds | null>;
  saveCreds(creds: AuthenticationCreds): Promise<void>;
  /** Ids that are not stored are absent from the answer. */
  get<T extends keyof SignalDataTypeMap>(
    type: T,
    ids: readonly string[],
  ): Promise<Record<string, SignalDataTypeMap[T]>>;
  /** Null deletes. App-state versions written here are remembered as `unsettled` in the same transaction. */
  set(data: SignalDataSet): Promise<void>;
  /**
   * App-state collections whose version was saved, but whose content may not have reached the outbox yet.
   * After a crash they are read again from a snapshot.
   */
  unsettledCollections(): Promise<readonly string[]>;
  settleCollections(names: readonly string[]): Promise<void>;
  unsettleCollections(names: readonly string[]): Promise<void>;
  /** Forgets the device. Phone number ↔ hidden id pairs are facts about people and stay. */
  clear(): Promise<void>;
  /** Resolves when a write goes through. */
  probe(): Promise<void>;
}

/**
 * What one socket uses. The library's cache takes a value before the store has it, so a failed write leaves
 * the two apart: `onWriteFailed` must drop the socket, and with it this cache.
 */
export function keysForSocket(
  store: AuthStore,
  logger: LibraryLogger,
  onWriteFailed: (error: unknown) => void,
): SignalKeyStore {
  const writes = new WeakMap<SignalDataSet, Promise<void>>();
  const cached = makeCacheableSignalKeyStore(
    {
      get: (type, ids) => store.get(type, ids),
      // Not waited for in here: the cache holds a lock, and reading would stand still for as long as the disk takes.
      set: (data) => {
        const write = store.set(data);
        write.catch(onWriteFailed);
        writes.set(data, write);
      },
    },
    logger,
  );
  return {
    ...cached,
    set: async (data) => {
      const trimmed = withFewChains(data);
      await cached.set(trimmed);
      await writes.get(trimmed);
    },
  };
}
