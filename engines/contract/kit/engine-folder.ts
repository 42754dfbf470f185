import { join } from 'node:path';
import { acquireOwnership } from '#kernel/data-dir.ts';
import type { EngineName } from '../capability.ts';
import { type Outbox, openOutbox } from '../outbox.ts';
import { diskError } from './disk-error.ts';

/** The private folder of an engine, held by this process alone. */
export interface EngineFolder<O> {
  readonly outbox: Outbox;
  /** What the engine keeps beside its outbox; the engine closes it. */
  readonly own: O;
  /** Closes the outbox, and gives the lease back. */
  close(): void;
}

/**
 * Takes the lease, then opens what lies there; when something cannot be opened, nothing stays open and the lease is given
 * back. Throws INSTANCE_ALREADY_RUNNING, DATA_DIR_UNUSABLE, DB_*.
 */
export function openEngineFolder<O>(
  engine: EngineName,
  engineDir: string,
  openOwn: (outbox: Outbox) => O,
): EngineFolder<O> {
  const lease = acquireOwnership(engineDir);
  let outbox: Outbox | null = null;
  const close = () => {
    outbox?.close();
    lease.release();
  };
  try {
    outbox = openOutbox(join(engineDir, 'outbox.db'));
    return { outbox, own: openOwn(outbox), close };
  } catch (error) {
    close();
    throw diskError(engine, error);
  }
}
