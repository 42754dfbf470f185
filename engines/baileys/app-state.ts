import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  ALL_WA_PATCH_NAMES,
  type BinaryNode,
  getBinaryNodeChild,
  getBinaryNodeChildren,
} from '@whiskeysockets/baileys';
import { TandemError } from '#kernel/errors.ts';
import type { Logger } from '#kernel/logger.ts';
import { requireAppStateKey } from './app-state-key.ts';
import type { AuthStore } from './auth-store.ts';
import type { Marks } from './marks.ts';
import type { WASocket } from './socket.ts';

/**
 * App state: what was done to chats and contacts on any device (archive, pin, mute, read, names).
 *
 * The library saves a collection's version first and tells its content afterwards, so a crash in between
 * would lose the content for good. The store marks a collection as unsettled with its version, in one
 * transaction; the mark goes when the content is in the outbox. What is still marked at the next start is
 * read again from a snapshot, as is everything after linking.
 */
export interface AppState {
  /** Reads what is missing, as soon as the phone has shared the key. Call when connected and at every key. */
  catchUp(sock: WASocket): void;
  /**
   * Fetches collections from their first version on; resolves when their content is in the outbox, with those that came.
   * Throws WHATSAPP_API_ERROR when none did, or the phone has not shared the key.
   */
  resync(sock: WASocket, names: readonly CollectionName[]): Promise<readonly CollectionName[]>;
  /** True while a snapshot is told: its updates are old facts, not news. */
  tellsSnapshot(): boolean;
  /** Call after the content of events is in the outbox. */
  settled(): void;
  close(): void;
}

export type CollectionName = (typeof ALL_WA_PATCH_NAMES)[number];

export interface AppStateDeps {
  readonly store: AuthStore;
  readonly marks: Marks;
  readonly logger: Logger;
}

/** Longer than the library holds events back (100 ms). */
const SETTLE_MS = 500;

export function createAppState({ store, marks, logger }: AppStateDeps): AppState {
  let running: Promise<unknown> | null = null;
  let timer: NodeJS.Timeout | null = null;

  async function stored(): Promise<ReadonlySet<string>> {
    return new Set(Object.keys(await store.get('app-state-sync-version', [...ALL_WA_PATCH_NAMES])));
  }

  async function fetchAnew(sock: WASocket, names: readonly CollectionName[]): Promise<void> {
    // Without a version the server sends a snapshot.
    const versions = Object.fromEntries(names.map((name) => [name, null]));
    await sock.authState.keys.set({ 'app-state-sync-version': versions });
    // "Not initial" makes the library tell each update at once; else it waits for history it never gets.
    await sock.resyncAppState(names, false);
    sock.ev.flush();
    // The events are written in the next turn.
    await nextTurn();
  }

  /** One at a time: two snapshots of a collection would overtake each other. */
  function only<T>(work: () => Promise<T>): Promise<T> {
    const begun = work().finally(() => {
      if (running === begun) running = null;
    });
    running = begun;
    return begun;
  }

  async function run(sock: WASocket): Promise<void> {
    const isInitial = marks.get('initial-app-state') === 'pending';
    const unsettled = await store.unsettledCollections();
    const known = await stored();
    const names = ALL_WA_PATCH_NAMES.filter(
      (name) => unsettled.includes(name) || (isInitial && !known.has(name)),
    );
    if (names.length > 0) {
      await fetchAnew(sock, names);
      await store.settleCollections(names);
    }
    // A collection that is still missing is empty, or its key is; the next connection asks for it again.
    if (isInitial && (await stored()).size === ALL_WA_PATCH_NAMES.length) {
      marks.set('initial-app-state', 'done');
    }
  }

  return {
    catchUp: (sock) => {
      if (running !== null || !sock.authState.creds.myAppStateKeyId) return;
      only(() => run(sock)).catch((error: unknown) => logger.warn('app state not read', { error }));
    },
    resync: async (sock, names) => {
      while (running !== null) await running.catch(() => undefined);
      await requireAppStateKey(sock);
      return only(async () => {
        // A death on the way must not leave them without a version and without anybody who asks.
        await store.unsettleCollections(names);
        const filled = await collectionsWithContent(sock, () => fetchAnew(sock, names));
        const known = await stored();
        // The library keeps silent about what it could not read; what is empty it does not store either.
        const came = names.filter((name) => known.has(name) || !filled.has(name));
        await store.settleCollections(came);
        if (came.length === 0) throw failed('the server sent nothing that could be read');
        return came;
      });
    },
    tellsSnapshot: () => running !== null,
    settled: () => {
      if (timer !== null || running !== null) return;
      timer = setTimeout(() => {
        timer = null;
        if (running !== null) return;
        store
          .unsettledCollections()
          .then((names) => (names.length === 0 ? undefined : store.settleCollections(names)))
          .catch((error: unknown) => logger.warn('app state not settled', { error }));
      }, SETTLE_MS);
      timer.unref();
    },
    close: () => {
      if (timer !== null) clearTimeout(timer);
    },
  };
}

/** Names of the collections in which the server sent anything during the work. */
async function collectionsWithContent(
  sock: WASocket,
  work: () => Promise<void>,
): Promise<ReadonlySet<string>> {
  const filled = new Set<string>();
  const note = (answer: BinaryNode) => {
    for (const collection of getBinaryNodeChildren(getBinaryNodeChild(answer, 'sync'), 'collection')) {
      const { name } = collection.attrs;
      const patches = getBinaryNodeChildren(getBinaryNodeChild(collection, 'patches'), 'patch');
      const hasContent = patches.length > 0 || getBinaryNodeChild(collection, 'snapshot') !== undefined;
      if (name !== undefined && hasContent) filled.add(name);
    }
  };
  sock.ws.on('CB:iq,,sync', note);
  try {
    await work();
  } finally {
    sock.ws.off('CB:iq,,sync', note);
  }
  return filled;
}

function failed(reason: string): TandemError {
  return new TandemError('WHATSAPP_API_ERROR', { engine: 'baileys', details: { reason } });
}
