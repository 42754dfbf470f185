import {
  type AuthenticationCreds,
  BufferJSON,
  proto,
  type SignalDataSet,
  type SignalDataTypeMap,
} from '@whiskeysockets/baileys';
import { relaxed } from '#engines/contract/kit/relaxed.ts';
import { createLogSync } from '#kernel/sqlite-log.ts';
import type { AuthStore } from './auth-store.ts';
import type { SessionDb } from './session-db.ts';

const CREDS = 'creds';
const VERSION: keyof SignalDataTypeMap = 'app-state-sync-version';
const UNSETTLED = 'unsettled-collection';
const KEPT_ON_CLEAR: keyof SignalDataTypeMap = 'lid-mapping';
/** SQLite allows more variables, but reads are small and a bounded statement stays in the cache. */
const BATCH = 500;

export function createSqliteAuthStore(db: SessionDb): AuthStore {
  const put = db.prepare(
    'INSERT INTO auth (type, id, value) VALUES (?, ?, ?) ON CONFLICT (type, id) DO UPDATE SET value = excluded.value',
  );
  const drop = db.prepare('DELETE FROM auth WHERE type = ? AND id = ?');
  const one = db.prepare<[string, string], { value: string }>(
    'SELECT value FROM auth WHERE type = ? AND id = ?',
  );
  const many = db.prepare<[string, string], { id: string; value: string }>(
    'SELECT id, value FROM auth WHERE type = ? AND id IN (SELECT value FROM json_each(?))',
  );
  const idsOf = db.prepare<[string], { id: string }>('SELECT id FROM auth WHERE type = ?');
  const clear = db.prepare('DELETE FROM auth WHERE type <> ?');

  const writeAll = db.transaction((data: SignalDataSet) => {
    for (const [type, entries] of Object.entries(data)) {
      for (const [id, value] of Object.entries(entries ?? {})) {
        if (value === null || value === undefined) drop.run(type, id);
        else {
          put.run(type, id, JSON.stringify(value, BufferJSON.replacer));
          if (type === VERSION) put.run(UNSETTLED, id, '1');
        }
      }
    }
  });
  const unsettle = db.transaction((names: readonly string[]) => {
    for (const name of names) put.run(UNSETTLED, name, '1');
  });
  const settle = db.transaction((names: readonly string[]) => {
    for (const name of names) drop.run(UNSETTLED, name);
  });

  const sync = createLogSync(db.name);
  /** A session changes twice with every page of history: waiting for the disk on this thread would take a quarter of its time. */
  const durably = async (write: () => void): Promise<void> => {
    relaxed(db, write);
    await sync();
  };

  return {
    loadCreds: async () => {
      const row = one.get(CREDS, '');
      return row === undefined ? null : (parse(row.value) as AuthenticationCreds);
    },
    // On the disk when it is called: the library confirms a pairing to the server right after it has told us.
    saveCreds: async (creds) => {
      put.run(CREDS, '', JSON.stringify(creds, BufferJSON.replacer));
    },
    get: async (type, ids) => {
      const found: Record<string, SignalDataTypeMap[typeof type]> = {};
      for (let at = 0; at < ids.length; at += BATCH) {
        for (const row of many.all(type, JSON.stringify(ids.slice(at, at + BATCH)))) {
          found[row.id] = revive(type, parse(row.value));
        }
      }
      return found;
    },
    set: (data) => durably(() => writeAll.immediate(data)),
    unsettledCollections: async () => idsOf.all(UNSETTLED).map((row) => row.id),
    unsettleCollections: (names) => durably(() => unsettle.immediate(names)),
    settleCollections: (names) => durably(() => settle.immediate(names)),
    clear: () => durably(() => clear.run(KEPT_ON_CLEAR)),
    probe: () => durably(() => put.run('probe', '', '1')),
  };
}

function parse(json: string): unknown {
  return JSON.parse(json, BufferJSON.reviver) as unknown;
}

function revive<T extends keyof SignalDataTypeMap>(type: T, value: unknown): SignalDataTypeMap[T] {
  if (type !== 'app-state-sync-key') return value as SignalDataTypeMap[T];
  return proto.Message.AppStateSyncKeyData.fromObject(value as object) as unknown as SignalDataTypeMap[T];
}
