import { createHmac, timingSafeEqual } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { Clock } from '#kernel/clock.ts';
import { makePrivateDir } from '#kernel/data-dir.ts';
import { TandemError } from '#kernel/errors.ts';
import { MILLISECONDS_PER_SECOND } from '#kernel/limits.ts';
import { type ExportFormat, exportFormats } from './contract.ts';
import { PART_SUFFIX } from './whole-file.ts';

export interface OpenedExport {
  readonly stream: Readable;
  /** For the download; names no chat. */
  readonly filename: string;
  readonly mime: string;
  readonly bytes: number;
}

/** The finished exports of this account, for a day. Ids are those of whoever made them; a foreign form is not found. */
export interface Exports {
  /** Where the export of this id is written; its folder is there then. Errors: DATA_DIR_UNUSABLE. */
  fileOf(id: string, format: ExportFormat): string;
  /** Throws EXPORT_NOT_FOUND. Whoever takes the stream reads or destroys it. */
  open(id: string): Promise<OpenedExport>;
  remove(id: string): Promise<void>;
  /** A path that lets whoever has it download this export for an hour. */
  link(id: string): ExportLink;
  /** True for the parts of a link that this installation gave out and that still holds. */
  verify(id: string, query: { readonly expires: string; readonly sig: string }): boolean;
  /** Removes what is too old, now and every hour. */
  start(): void;
  stop(): void;
  /** Removes what is too old; returns how many files went. */
  sweep(): Promise<number>;
}

export interface ExportLink {
  readonly path: string;
  readonly expiresAtMs: number;
}

export interface ExportsOptions {
  readonly dir: string;
  /** Of the data directory, so that a link outlives a restart. */
  readonly secret: Uint8Array;
  readonly clock: Clock;
}

/** Long enough to fetch it on the next day's morning, short enough not to be forgotten on the disk. */
const KEPT_MS = 24 * 60 * 60_000;
const LINK_MS = 60 * 60_000;
const SWEEP_INTERVAL_MS = 60 * 60_000;
const ID = /^[A-Za-z0-9_-]{1,100}$/;
const MIME: Readonly<Record<ExportFormat, string>> = {
  json: 'application/json',
  csv: 'text/csv; charset=utf-8',
  zip: 'application/zip',
};

export function createExports({ dir, secret, clock }: ExportsOptions): Exports {
  let timer: NodeJS.Timeout | null = null;

  const seal = (id: string, expires: string) =>
    createHmac('sha256', secret)
      .update(JSON.stringify(['export', id, expires]))
      .digest();
  const isOld = (mtimeMs: number) => clock.now() - mtimeMs > KEPT_MS;

  const sweep = async (): Promise<number> => {
    let removed = 0;
    for (const name of await readdir(dir).catch(() => [])) {
      if (!isOurs(name)) continue;
      const path = join(dir, name);
      const found = await stat(path).catch(() => null);
      if (found === null || !isOld(found.mtimeMs)) continue;
      await rm(path, { force: true }).catch(() => undefined);
      removed += 1;
    }
    return removed;
  };

  return {
    fileOf: (id, format) => {
      if (!ID.test(id)) throw new Error('not an id of an export');
      makePrivateDir(dir);
      return join(dir, `${id}.${format}`);
    },
    open: async (id) => {
      for (const format of ID.test(id) ? exportFormats : []) {
        const path = join(dir, `${id}.${format}`);
        const found = await stat(path).catch(() => null);
        if (found === null || isOld(found.mtimeMs)) continue;
        return {
          stream: createReadStream(path),
          filename: `tandem-export-${id}.${format}`,
          mime: MIME[format],
          bytes: found.size,
        };
      }
      throw new TandemError('EXPORT_NOT_FOUND');
    },
    remove: async (id) => {
      for (const format of ID.test(id) ? exportFormats : [])
        await rm(join(dir, `${id}.${format}`), { force: true });
    },
    link: (id) => {
      const expires = String(Math.floor((clock.now() + LINK_MS) / MILLISECONDS_PER_SECOND));
      const sig = seal(id, expires).toString('base64url');
      return {
        path: `/exports/${encodeURIComponent(id)}?expires=${expires}&sig=${sig}`,
        expiresAtMs: Number(expires) * MILLISECONDS_PER_SECOND,
      };
    },
    verify: (id, { expires, sig }) => {
      const given = Buffer.from(sig, 'base64url');
      const right = seal(id, expires);
      if (given.length !== right.length || !timingSafeEqual(given, right)) return false;
      return Number(expires) * MILLISECONDS_PER_SECOND > clock.now();
    },
    start: () => {
      if (timer !== null) return;
      const run = () => void sweep();
      timer = setInterval(run, SWEEP_INTERVAL_MS).unref();
      run();
    },
    stop: () => {
      if (timer !== null) clearInterval(timer);
      timer = null;
    },
    sweep,
  };
}

/** An export, or what a crash left of one. */
function isOurs(name: string): boolean {
  return name.endsWith(PART_SUFFIX) || exportFormats.some((format) => name.endsWith(`.${format}`));
}
