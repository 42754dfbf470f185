import { EventEmitter } from 'node:events';
import { setImmediate as nextRound, setTimeout as pause } from 'node:timers/promises';
import type { PGlite } from '@electric-sql/pglite';
import type { PgPool, PgPoolClient, PgQueryResult } from 'bullmq';

/** BullMQ repeats a claim that fails without any pause; after so many failures in a row each one is slowed down. */
const FAILURES_BEFORE_PAUSE = 5;
const FAILURE_PAUSE_MS = 1_000;

const LEADING_COMMENTS = /^(?:\s|--[^\n]*(?:\n|$))*/;

type Params = readonly unknown[] | undefined;

interface Transaction {
  readonly owner: object;
  readonly over: Promise<void>;
  end(): void;
}

/**
 * PGlite as the pool that BullMQ expects of node-postgres. There is one session: clients share it, a
 * transaction of one keeps the others out, and what the session is notified of goes to every client that listens.
 */
export function createPool(db: PGlite, broken: () => void): PgPool {
  const emitter = new EventEmitter();
  const listening = new Set<EventEmitter>();
  let transaction: Transaction | null = null;
  let failures = 0;

  const stopNotifications = db.onNotification((channel, payload) => {
    for (const client of listening) client.emit('notification', { channel, payload });
  });

  async function query<R>(owner: object, text: string, params: Params): Promise<PgQueryResult<R>> {
    // PGlite answers inside microtasks: a busy caller would keep timers and sockets waiting for ever.
    await nextRound();
    while (transaction !== null && transaction.owner !== owner) await transaction.over;
    const verb = text.replace(LEADING_COMMENTS, '').slice(0, 8).toUpperCase();
    if (verb.startsWith('BEGIN')) transaction = openTransaction(owner);
    if (verb.startsWith('LISTEN') && owner instanceof EventEmitter) listening.add(owner);
    try {
      const result = await execute<R>(text, params);
      failures = 0;
      return result;
    } catch (error) {
      await slowDown(error);
      throw error;
    } finally {
      if (verb.startsWith('COMMIT') || verb.startsWith('ROLLBACK')) endTransaction(owner);
    }
  }

  async function execute<R>(text: string, params: Params): Promise<PgQueryResult<R>> {
    // Migrations are many statements in one text, which only the simple protocol takes.
    if (params === undefined || params.length === 0) {
      const last = (await db.exec(text)).at(-1);
      return { rows: (last?.rows ?? []) as R[], rowCount: last?.rowCount ?? last?.affectedRows ?? 0 };
    }
    const result = await db.query<R>(
      text,
      params.map((value) => (value === undefined ? null : value)),
    );
    return { rows: result.rows, rowCount: result.rowCount ?? result.affectedRows ?? result.rows.length };
  }

  async function slowDown(error: unknown): Promise<void> {
    // A trap of WebAssembly; Node's types do not know the class.
    const isTrap = error instanceof Error && error.name === 'RuntimeError';
    if (db.closed || isTrap) broken();
    failures += 1;
    if (failures > FAILURES_BEFORE_PAUSE) await pause(FAILURE_PAUSE_MS);
  }

  function endTransaction(owner: object): void {
    if (transaction?.owner !== owner) return;
    transaction.end();
    transaction = null;
  }

  function connect(): PgPoolClient {
    const client = new EventEmitter();
    return Object.assign(client, {
      query: <R>(text: string, params?: readonly unknown[]) => query<R>(client, text, params),
      release: () => {
        listening.delete(client);
        endTransaction(client);
      },
    }) as unknown as PgPoolClient;
  }

  return Object.assign(emitter, {
    // Without it BullMQ looks every ten seconds, for fear that the connection died in silence.
    options: { keepAlive: true },
    query: <R>(text: string, params?: readonly unknown[]) => query<R>(emitter, text, params),
    connect: async () => connect(),
    end: async () => stopNotifications(),
  }) as unknown as PgPool;
}

function openTransaction(owner: object): Transaction {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { owner, over: promise, end: resolve };
}
