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
 * transaction and survives a power cut when it resolves; one that the disk refused has changed nothing.
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
  const cached = makeCacheableSignalKeyStore(
    {
      get: (type, ids) => store.get(type, ids),
      set: async (data) => {
        try {
          await store.set(data);
        } catch (error) {
          onWriteFailed(error);
          throw error;
        }
      },
    },
    logger,
  );
  return { ...cached, set: (data) => cached.set(withFewChains(data)) };
}
