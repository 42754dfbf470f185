/** One thing that a page did to the server. */
export type PageCall = {
  /** `send_seen`, `presence`, `group_metadata_query`, … */
  readonly call: string;
  readonly device: number;
  /** The chat it was about, as the page names it. */
  readonly chat: string | null;
  readonly params: unknown;
  readonly timeMs: number;
};

/** What pages asked of the server, oldest first: the proof of what reading does and does not do. */
export type PageLog = {
  readonly add: (call: PageCall) => void;
  readonly all: () => readonly PageCall[];
  readonly named: (call: string) => readonly PageCall[];
  readonly clear: () => void;
};

// A backfill asks thousands of times; more than this nobody reads.
const MAX_CALLS = 20_000;

const LONGEST_TEXT = 1_000;

/** Files that a page uploads are not worth their memory. */
const shortened = (params: unknown): unknown =>
  typeof params !== 'object' || params === null
    ? params
    : Object.fromEntries(
        Object.entries(params).map(([name, value]) => [
          name,
          typeof value === 'string' && value.length > LONGEST_TEXT ? `${value.length} letters` : value,
        ]),
      );

export const createPageLog = (): PageLog => {
  const calls: PageCall[] = [];
  return {
    add: (call) => {
      calls.push({ ...call, params: shortened(call.params) });
      if (calls.length > MAX_CALLS) calls.splice(0, calls.length - MAX_CALLS);
    },
    all: () => calls,
    named: (name) => calls.filter(({ call }) => call === name),
    clear: () => {
      calls.length = 0;
    },
  };
};
