import { randomBytes } from 'node:crypto';
import { chmodSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { dataDirError } from './data-dir-error.ts';

// Not taken from data-dir.ts: that loads the database driver, and the bridge should start in no time.
const PRIVATE_FILE = 0o600;

/** Name of the file inside the data directory. */
export const SERVICE_FILE_NAME = 'service.json';

/** What a running service tells other processes of the same user: `service.json` in the data directory. */
const serviceSchema = z.object({
  pid: z.int().positive(),
  /** Base address without a trailing slash, reachable from this machine: http://127.0.0.1:8080 */
  url: z.url({ protocol: /^https?$/ }),
  /** The bearer token; null when none is needed. */
  token: z.string().min(1).nullable(),
  version: z.string().min(1),
});
export type ServiceInfo = z.infer<typeof serviceSchema>;

/** Replaces the file in one step, so that a reader never sees half of it. Throws DATA_DIR_UNUSABLE, DB_DISK_FULL. */
export function writeServiceFile(path: string, info: ServiceInfo): void {
  const draft = `${path}.${randomBytes(4).toString('hex')}`;
  try {
    writeFileSync(draft, `${JSON.stringify(serviceSchema.parse(info))}\n`, { mode: PRIVATE_FILE });
    chmodSync(draft, PRIVATE_FILE);
    renameSync(draft, path);
  } catch (cause) {
    rmSync(draft, { force: true });
    throw dataDirError(cause);
  }
}

/** Null when no service ever wrote one, or when it cannot be understood. It may be left over from a killed service. */
export function readServiceFile(path: string): ServiceInfo | null {
  try {
    return serviceSchema.safeParse(JSON.parse(readFileSync(path, 'utf8'))).data ?? null;
  } catch {
    return null;
  }
}

/** Takes the file away, unless another process has put its own there since. */
export function removeServiceFile(path: string, pid = process.pid): void {
  if (readServiceFile(path)?.pid === pid) rmSync(path, { force: true });
}
