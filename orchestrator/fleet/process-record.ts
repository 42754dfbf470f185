import type { EngineName } from '#engines/contract/capability.ts';
import type { TandemError } from '#kernel/errors.ts';
import type { ChildExit } from './child.ts';

/**
 * `waiting` = died, starts again by itself soon; `resting` = died too often, starts again after a long pause
 * or when somebody restarts it.
 */
export type ProcessState = 'stopped' | 'starting' | 'running' | 'waiting' | 'resting' | 'stopping';

export interface ProcessView {
  readonly engine: EngineName;
  readonly state: ProcessState;
  /** Counts up with every process; events of older generations are void. */
  readonly generation: number;
  readonly pid: number | null;
  readonly startedAtMs: number | null;
  /** Deaths that were not asked for, since the service started. */
  readonly deaths: number;
  readonly lastExit: (ChildExit & { readonly atMs: number }) | null;
  readonly nextStartAtMs: number | null;
  /** Why it is not running; null while it is. */
  readonly error: TandemError | null;
}

/** What every supervisor keeps of its engine: what it shows, and the start that it has planned. */
export interface ProcessRecord {
  readonly view: ProcessView;
  set(change: Partial<ProcessView>): void;
  /** One at a time: the caller cancels the one before. */
  planStart(pauseMs: number, start: () => void): void;
  cancelStart(): void;
}

export function createProcessRecord(engine: EngineName): ProcessRecord {
  let view: ProcessView = {
    engine,
    state: 'stopped',
    generation: 0,
    pid: null,
    startedAtMs: null,
    deaths: 0,
    lastExit: null,
    nextStartAtMs: null,
    error: null,
  };
  let timer: NodeJS.Timeout | null = null;
  return {
    get view() {
      return view;
    },
    set(change) {
      view = { ...view, ...change };
    },
    planStart(pauseMs, start) {
      // Not unref'd: a service without engines still has to bring them back.
      timer = setTimeout(start, pauseMs);
    },
    cancelStart() {
      if (timer !== null) clearTimeout(timer);
      timer = null;
    },
  };
}
