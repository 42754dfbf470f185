import type { JobKind } from '#history/contracts/jobs.ts';
import type { Lane } from '../queue/port.ts';

/** Which queue a kind of job stands in: what somebody waits for never stands behind what takes hours. */
export const laneOf: Readonly<Record<JobKind, Lane>> = {
  history: 'history',
  'mark-read': 'actions',
  'mark-community': 'actions',
  'fetch-media': 'media',
  export: 'maintenance',
  purge: 'maintenance',
  'rebuild-search': 'maintenance',
};
