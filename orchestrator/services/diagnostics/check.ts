import type { ErrorCode } from '#kernel/errors.ts';

/** One thing looked at. `finding` and `remedy` name no path, number or text of the account. */
export interface Check {
  readonly id: string;
  readonly ok: boolean;
  readonly severity: 'info' | 'warning' | 'error';
  readonly code?: ErrorCode;
  readonly finding: string;
  readonly remedy?: string;
}

export function passed(id: string, finding: string): Check {
  return { id, ok: true, severity: 'info', finding };
}

export function failed(
  id: string,
  severity: 'warning' | 'error',
  finding: string,
  remedy: string,
  code?: ErrorCode,
): Check {
  return { id, ok: false, severity, ...(code === undefined ? {} : { code }), finding, remedy };
}

/** Ids of what can be looked at; `engines` and those after it look at each engine, `network` at each host. */
export const checkNames = [
  'runtime',
  'data_dir',
  'disk',
  'clock',
  'listener',
  'ports',
  'network',
  'proxy',
  'browser',
  'profile',
  'engines',
  'account',
  'devices',
  'session',
  'offsets',
  'database',
  'search',
  'quarantine',
  'backups',
  'growth',
  'queue',
  'jobs',
  'backfills',
  'coverage',
  'memory',
  'ffmpeg',
  'test_server',
] as const;
export type CheckName = (typeof checkNames)[number];
