import type { Exports } from '#orchestrator/services/export/exports.ts';
import type { Times } from '#orchestrator/services/present/times.ts';
import { compact } from '#orchestrator/services/reply.ts';
import type { JobView } from './job-shape.ts';

/** A finished export, and how to get it. */
export interface ExportView {
  readonly export_id: string;
  readonly filename: string;
  readonly bytes: number;
  /** Hex, of the file. */
  readonly sha256: string;
  readonly messages: number;
  readonly media: number;
  /** Files that were asked for and are not downloaded. */
  readonly media_missing?: number;
  /** Whether everything of the time that was asked for is stored. */
  readonly coverage?: 'complete' | 'partial';
  /** What is not in the file, and how to get it. */
  readonly note?: string;
  readonly resource: string;
  /** Lets whoever has it download the file, for an hour. */
  readonly url: string;
  readonly url_expires_at: string;
}

export interface ExportLinks {
  /** Of a completed job that wrote one; null of any other. A fresh link at each call. */
  of(job: JobView): ExportView | null;
}

export interface ExportLinksDeps {
  readonly exports: Pick<Exports, 'link'>;
  readonly times: Times;
  pageUrl(): string;
}

/** As the kind writes it. */
type Result = Pick<
  ExportView,
  | 'export_id'
  | 'filename'
  | 'bytes'
  | 'sha256'
  | 'messages'
  | 'media'
  /** Of an export that an earlier version wrote these are not known. */
  | 'media_missing'
  | 'coverage'
>;

export const EXPORT_URI = 'whatsapp://exports/';

export function createExportLinks({ exports, times, pageUrl }: ExportLinksDeps): ExportLinks {
  return {
    of: ({ kind, status, result }) => {
      if (kind !== 'export' || status !== 'completed') return null;
      const written = result as unknown as Result;
      const { export_id, filename, bytes, sha256, messages, media, media_missing, coverage } = written;
      const { path, expiresAtMs } = exports.link(export_id);
      return compact({
        export_id,
        filename,
        bytes,
        sha256,
        messages,
        media,
        media_missing,
        coverage,
        note: noteOf(written),
        resource: `${EXPORT_URI}${export_id}`,
        url: new URL(path, pageUrl()).href,
        url_expires_at: times.isoMs(expiresAtMs),
      });
    },
  };
}

function noteOf({ coverage, media_missing = 0 }: Result): string | undefined {
  const files = media_missing === 1 ? '1 file is' : `${media_missing} files are`;
  const notes = [
    ...(coverage === 'partial'
      ? [
          'Not everything of this time is stored, so it is not in the file: fetch_history asks the phone for it; export again then.',
        ]
      : []),
    ...(media_missing > 0
      ? [`${files} not downloaded, and not in the zip: fetch_media gets them; export again then.`]
      : []),
  ];
  return notes.length === 0 ? undefined : notes.join(' ');
}
