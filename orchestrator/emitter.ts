import type { Logger } from '#kernel/logger.ts';

/** Listeners of one kind of event inside the process. */
export interface Emitter<T> {
  emit(event: T): void;
  /** Returns how to stop listening. */
  on(listener: (event: T) => void): () => void;
}

/** A listener that throws is logged and disturbs neither the others nor the source. */
export function createEmitter<T>(logger: Logger): Emitter<T> {
  const listeners = new Set<(event: T) => void>();
  return {
    emit: (event) => {
      for (const listener of [...listeners]) {
        try {
          listener(event);
        } catch (error) {
          logger.error('event listener failed', { error });
        }
      }
    },
    on: (listener) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
  };
}
