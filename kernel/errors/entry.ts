/** One error as people and assistants see it. */
export interface ErrorEntry {
  /** HTTP status. */
  readonly status: number;
  /** Whether the same call may succeed later. */
  readonly retriable: boolean;
  /** What happened. */
  readonly what: string;
  /** What the reader can do now. */
  readonly next: string;
}

export function entry(status: number, retriable: boolean, what: string, next: string): ErrorEntry {
  return Object.freeze({ status, retriable, what, next });
}
