import { setImmediate } from 'node:timers/promises';

/** Below what a person or a health check notices, above what the switch itself costs. */
const SLICE_MS = 8;

/** Long synchronous work asks it now and then whether others should have a turn. */
export interface Slice {
  due(): boolean;
  /** Lets the event loop turn once and starts the next slice. */
  rest(): Promise<void>;
}

export function createSlice(): Slice {
  let started = performance.now();
  return {
    due: () => performance.now() - started > SLICE_MS,
    rest: async () => {
      await setImmediate();
      started = performance.now();
    },
  };
}
