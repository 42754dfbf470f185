import type { ErrorCode } from '#kernel/errors.ts';

/** Part of the public surface: scripts rely on them. */
export const exitCodes = Object.freeze({
  ok: 0,
  /** Something failed; the error code says what. */
  failed: 1,
  /** Unknown command or option, or an argument that does not fit. */
  usage: 2,
  notRunning: 3,
  notLinked: 4,
  /** Ctrl-C before the work was done. */
  interrupted: 130,
});

const byError: Readonly<Partial<Record<ErrorCode, number>>> = {
  VALIDATION_ERROR: exitCodes.usage,
  INVALID_JID: exitCodes.usage,
  INVALID_PHONE_FORMAT: exitCodes.usage,
  INVALID_TIME: exitCodes.usage,
  NOT_RUNNING: exitCodes.notRunning,
  NOT_AUTHENTICATED: exitCodes.notLinked,
};

export function exitCodeOf(code: ErrorCode): number {
  return byError[code] ?? exitCodes.failed;
}

export const exitCodesHelp = `
Exit codes: 0 done · 1 failed · 2 wrong usage · 3 no service is running · 4 not linked · 130 interrupted`;
