import type { z } from 'zod';
import type { JobChange, JobKind, JobRecord, JobStore, Json } from '#history/contracts/jobs.ts';
import type { Lane } from './queue/port.ts';

/** What a turn ends with. `again` = more is to be done after the pause; until then the job is `waiting` with this reason. */
export type TurnResult =
  | { readonly state: 'completed'; readonly result: Json; readonly reason?: string }
  | { readonly state: 'again'; readonly afterMs: number; readonly reason?: string };

/** What a turn works with. Every write goes through the fence of its claim. */
export interface TurnContext {
  readonly job: JobRecord;
  /** Names this process and this turn. */
  readonly holder: string;
  /** Aborted when the turn must end at once: the service closes, or somebody else has taken the job over. */
  readonly signal: AbortSignal;
  /** True: end at the next step. A turn longer than this stands in the way of others, or somebody waits who should not have to. */
  readonly isOver: () => boolean;
  /** Writes, and looks at what the owner wants: throws Halt when that is no longer to run. Throws JOB_FENCED. */
  save(change: JobChange): Promise<JobRecord>;
  /** Looks only. Throws Halt. */
  look(): Promise<void>;
  readonly items: {
    add(items: Parameters<JobStore['addItems']>[2]): Promise<void>;
    list: (query?: Parameters<JobStore['items']>[1]) => ReturnType<JobStore['items']>;
    counts: () => ReturnType<JobStore['itemCounts']>;
    save(n: number, change: Parameters<JobStore['saveItem']>[3]): Promise<void>;
    /** False while another job of these kinds has the same chat in hand. */
    take(n: number, against: readonly JobKind[]): Promise<boolean>;
  };
}

/** One sort of job: its arguments, where it runs, and one bounded turn of its work. */
export interface Kind<S extends z.ZodType = z.ZodType> {
  readonly kind: JobKind;
  readonly lane: Lane;
  readonly args: S;
  /** What makes two requests the same job, of which the second joins the first; all arguments when absent. */
  same?(args: z.output<S>): Json;
  /**
   * Does a piece and returns within seconds of `isOver`. Called again from the start after a kill: what it finds in the rows
   * is where it goes on. What it throws: retriable errors make the job wait and try again, others end it as failed.
   */
  turn(context: TurnContext, args: z.output<S>): Promise<TurnResult>;
  /** Before a job is cancelled or paused in the middle: what must not stay as it is. */
  halted?(job: JobRecord, wish: 'pause' | 'cancel'): Promise<void>;
  /** Before a job goes on at once because its owner asks: what would make it wait again. */
  hurried?(job: JobRecord): Promise<void>;
}

/** Keeps the types of the arguments inside the kind. */
export function defineKind<S extends z.ZodType>(kind: Kind<S>): Kind<S> {
  return kind;
}

/** Thrown through a turn when the owner wants it to stop. */
export class Halt extends Error {
  readonly wish: 'pause' | 'cancel';
  constructor(wish: 'pause' | 'cancel') {
    super(`the job is to ${wish}`);
    this.wish = wish;
  }
}
