const MINUTE_MS = 60_000;

/** Everything that sends counts here: the limit is the account's, whoever sends. */
export const SEND_RATE = { bucket: 'send', windowMs: MINUTE_MS } as const;
