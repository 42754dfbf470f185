import { fuller } from './prefer.ts';

/** One text that a message has or had; `at` = time of the edit, 0 = the original. */
export interface TextVersion {
  readonly at: number;
  readonly text: string;
}

export interface Versions {
  readonly current: TextVersion | null;
  /** A text that is known now and is not the current one; null = nothing to add. */
  readonly past: TextVersion | null;
}

/** An edit beats what it edits, whichever is seen first; the loser becomes a revision. */
export function mergeVersion(current: TextVersion | null, seen: TextVersion | null): Versions {
  if (seen === null) return { current, past: null };
  if (current === null) return { current: seen, past: null };
  if (seen.at > current.at) return { current: seen, past: current };
  if (seen.at < current.at) return { current, past: seen };
  const text = fuller(current.text, seen.text) ?? seen.text;
  return { current: text === current.text ? current : { at: seen.at, text }, past: null };
}
