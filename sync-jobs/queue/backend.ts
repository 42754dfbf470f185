import type { Processor, Queue, QueueOptions, Worker, WorkerOptions } from 'bullmq';

/** What the queue is told while a session is open. */
export interface SessionEvents {
  /** The store does not answer any more; the session goes on trying. */
  lost(reason: string): void;
  /** It answers again, or was found emptied: entries may be gone. */
  back(): void;
  /** The session is dead for good and must be opened anew. */
  broken(reason: string): void;
}

/** One open store, with everything that BullMQ needs of it. */
export interface Session {
  queue(name: string, options: Omit<QueueOptions, 'connection'>): Queue;
  worker(name: string, processor: Processor, options: Omit<WorkerOptions, 'connection'>): Worker;
  /** Lets go of every socket or of the memory; queues and workers are closed before, as far as they could be. */
  close(): Promise<void>;
}

/** Where the entries are kept. */
export interface Backend {
  readonly kind: 'redis' | 'embedded';
  /** True = holds this process alone, starts when used and stops when idle; an open that failed is tried at the next use. */
  readonly sleeps: boolean;
  /** How long a call may take, start included, before it counts as unavailable. */
  readonly answerWithinMs: number;
  /** After an idle store was let go. */
  releaseMemory(): void;
  /** Settles once the store answers; tells `lost` on the way there, and rejects when the signal aborts. */
  open(events: SessionEvents, signal: AbortSignal): Promise<Session>;
}
