import type { History } from '#history/contracts/history.ts';
import type { Clock } from '#kernel/clock.ts';
import type { MediaLibrary } from '../media/library.ts';
import type { Times } from '../present/times.ts';
import type { PublicMessage } from '../shapes/message.ts';
import type { Selection } from './selection.ts';
import type { WholeFileOptions, Written } from './whole-file.ts';

export const exportFormats = ['json', 'csv', 'zip'] as const;
export type ExportFormat = (typeof exportFormats)[number];

export const EXPORT_DEFAULT_MESSAGES = 10_000;
export const EXPORT_MAX_MESSAGES = 1_000_000;

export interface ExportDeps {
  readonly history: Pick<History, 'chats' | 'messages'>;
  /** Files that are on the disk already; nothing is fetched for an export. */
  readonly media: Pick<MediaLibrary, 'stored'>;
  readonly times: Times;
  readonly clock: Clock;
  readonly maxBytes?: number;
  readonly write?: WholeFileOptions['write'];
}

export interface ExportRequest extends Selection {
  readonly format: ExportFormat;
  /** The files too; zip only. */
  readonly includeMedia: boolean;
}

export interface ExportProgress {
  readonly done: number;
  readonly total: number;
}

export interface ExportOutcome extends Written {
  readonly messages: number;
  /** Files in the export. */
  readonly media: number;
  /** Files that were asked for and are not on the disk. */
  readonly mediaMissing: number;
  /** The first rows in public shape, texts cleaned and cut. They are texts of messages: for the answer, not for job rows. */
  readonly sample: readonly PublicMessage[];
}
