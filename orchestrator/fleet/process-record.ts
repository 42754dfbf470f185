import type { EngineName } from '#engines/contract/capability.ts';
import type { ProcessView } from './supervisor.ts';

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
