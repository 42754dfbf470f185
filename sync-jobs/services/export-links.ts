import type { Exports } from '#orchestrator/services/export/exports.ts';
import type { Times } from '#orchestrator/services/present/times.ts';
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
type Result = Pick<ExportView, 'export_id' | 'filename' | 'bytes' | 'sha256' | 'messages' | 'media'>;

export const EXPORT_URI = 'whatsapp://exports/';

export function createExportLinks({ exports, times, pageUrl }: ExportLinksDeps): ExportLinks {
  return {
    of: ({ kind, status, result }) => {
      if (kind !== 'export' || status !== 'completed') return null;
      const { export_id, filename, bytes, sha256, messages, media } = result as unknown as Result;
      const { path, expiresAtMs } = exports.link(export_id);
      return {
        export_id,
        filename,
        bytes,
        sha256,
        messages,
        media,
        resource: `${EXPORT_URI}${export_id}`,
        url: new URL(path, pageUrl()).href,
        url_expires_at: times.isoMs(expiresAtMs),
      };
    },
  };
}
