import type { History } from '#history/contracts/history.ts';
import { endedStates } from '#history/contracts/jobs.ts';
import type { Clock } from '#kernel/clock.ts';
import { TandemError } from '#kernel/errors.ts';
import { MILLISECONDS_PER_SECOND } from '#kernel/limits.ts';
import type { Exports } from '#orchestrator/services/export/exports.ts';
import { parsePast } from '#orchestrator/services/present/past.ts';
import type { Times } from '#orchestrator/services/present/times.ts';

export interface ClearRequest {
  /** A time; what ended or came before it goes. A day ago when absent. */
  readonly older_than?: string | undefined;
  /** False: also what could not be read and was kept aside. */
  readonly only_merged: boolean;
  /** Really that too. */
  readonly force: boolean;
}

export interface Cleared {
  readonly rows_deleted: number;
  /** Of export files, and of what was kept aside; the database uses its own room again. */
  readonly bytes_freed: number;
  readonly jobs: number;
  readonly exports: number;
  readonly pages: number;
  readonly quarantined: number;
}

/** Removes what long work leaves behind: ended jobs, finished exports, notes of pages. Never a message. */
export interface TempStorage {
  /** Errors: INVALID_TIME, UNMERGED_DATA. */
  clear(request: ClearRequest): Promise<Cleared>;
}

export interface TempStorageDeps {
  readonly history: Pick<History, 'jobs' | 'maintenance'>;
  readonly exports: Exports;
  readonly times: Times;
  readonly clock: Clock;
}

const KEPT_SECONDS = 86_400;
const EXPORTS_AT_A_TIME = 200;

export function createTempStorage({ history, exports, times, clock }: TempStorageDeps): TempStorage {
  /** Goes with their jobs, because nothing names them afterwards. */
  const removeExports = async (beforeMs: number) => {
    let files = 0;
    let bytes = 0;
    for (let after: { readonly createdAtMs: number; readonly id: string } | undefined; ; ) {
      const jobs = await history.jobs.list({
        kinds: ['export'],
        states: endedStates,
        limit: EXPORTS_AT_A_TIME,
        ...(after === undefined ? {} : { after }),
      });
      for (const { id } of jobs.filter(({ endedAtMs }) => endedAtMs !== null && endedAtMs < beforeMs)) {
        const size = await sizeOf(exports, id);
        if (size === null) continue;
        await exports.remove(id);
        files += 1;
        bytes += size;
      }
      after = jobs.at(-1);
      if (after === undefined || jobs.length < EXPORTS_AT_A_TIME) return { files, bytes };
    }
  };

  return {
    clear: async ({ older_than, only_merged, force }) => {
      const now = Math.floor(clock.now() / MILLISECONDS_PER_SECOND);
      const before =
        older_than === undefined ? now - KEPT_SECONDS : parsePast(times, clock, older_than, 'older_than');
      const unread = only_merged ? 0 : await history.maintenance.quarantinedBefore(before);
      if (unread > 0 && !force) throw new TandemError('UNMERGED_DATA', { details: { observations: unread } });
      const files = await removeExports(before * MILLISECONDS_PER_SECOND);
      const jobs = await history.jobs.sweep(before * MILLISECONDS_PER_SECOND);
      const notes = await history.maintenance.clearNotes(before, { quarantined: !only_merged });
      return {
        rows_deleted: jobs + notes.pages + notes.quarantined,
        bytes_freed: files.bytes + notes.bytes,
        jobs,
        exports: files.files,
        pages: notes.pages,
        quarantined: notes.quarantined,
      };
    },
  };
}

/** Null when there is none. */
async function sizeOf(exports: Exports, id: string): Promise<number | null> {
  try {
    const { stream, bytes } = await exports.open(id);
    stream.destroy();
    return bytes;
  } catch (thrown) {
    if (thrown instanceof TandemError && thrown.code === 'EXPORT_NOT_FOUND') return null;
    throw thrown;
  }
}
