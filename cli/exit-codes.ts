import type { ErrorCode } from '#kernel/errors.ts';

/** Part of the public surface: scripts rely on them. */
export const exitCodes = Object.freeze({
  ok: 0,
  /** Something failed; the error code says what. */
  failed: 1,
  /** Unknown command or option, or a value that does not fit. */
  usage: 2,
  notRunning: 3,
  notLinked: 4,
  alreadyRunning: 5,
  portInUse: 6,
  /** Ctrl-C before the work was done. */
  interrupted: 130,
});

const byError: Readonly<Partial<Record<ErrorCode, number>>> = {
  VALIDATION_ERROR: exitCodes.usage,
  INVALID_PHONE_FORMAT: exitCodes.usage,
  CONFIG_INVALID: exitCodes.usage,
  NOT_RUNNING: exitCodes.notRunning,
  NOT_AUTHENTICATED: exitCodes.notLinked,
  INSTANCE_ALREADY_RUNNING: exitCodes.alreadyRunning,
  PORT_IN_USE: exitCodes.portInUse,
};

export function exitCodeOf(code: ErrorCode): number {
  return byError[code] ?? exitCodes.failed;
}

export const exitCodesHelp = `
Exit codes: 0 done · 1 failed · 2 wrong usage or setting · 3 no service is running · 4 not linked
            5 another instance owns the data directory · 6 port in use · 130 interrupted`;
