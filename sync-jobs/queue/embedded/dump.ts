import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Logger } from '#kernel/logger.ts';

const BUILDER = fileURLToPath(new URL('./build-dump.ts', import.meta.url));

/** Ten times what a slow machine needs; then the builder hangs. */
const BUILD_WITHIN_MS = 60_000;

/** The file begins with the digest of what follows: a torn or foreign file must never become the store. */
const DIGEST_BYTES = 32;
const FILE_PREFIX = 'embedded-queue-';

export interface DumpStore {
  /** The migrated, empty store as a compressed archive; from the cache where that is sound, else built. */
  load(signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>>;
  /** The cached one did not start: the next load builds a new one. */
  discard(): void;
}

export function createDumpStore(options: { readonly cacheDir: string; readonly logger: Logger }): DumpStore {
  const file = join(options.cacheDir, fileName());
  return {
    async load(signal) {
      const cached = read(file);
      if (cached !== null) return cached;
      const built = await build(signal);
      try {
        write(options.cacheDir, file, built);
      } catch (error) {
        options.logger.warn(
          'The store of the embedded queue could not be cached; each start builds it anew',
          {
            reason: (error as NodeJS.ErrnoException).code ?? 'UNKNOWN',
          },
        );
      }
      return built;
    },
    discard: () => rmSync(file, { force: true }),
  };
}

/** Names both versions: the archive is made by one and migrated by the other. */
function fileName(): string {
  const require = createRequire(import.meta.url);
  const bullmq = (require('bullmq/package.json') as { version: string }).version;
  const pglite = readFileSync(
    new URL('../package.json', import.meta.resolve('@electric-sql/pglite')),
    'utf8',
  );
  return `${FILE_PREFIX}pglite-${(JSON.parse(pglite) as { version: string }).version}-bullmq-${bullmq}.bin`;
}

function read(file: string): Uint8Array<ArrayBuffer> | null {
  try {
    const whole = readFileSync(file);
    const body = new Uint8Array(whole.subarray(DIGEST_BYTES));
    return digest(body).equals(whole.subarray(0, DIGEST_BYTES)) ? body : null;
  } catch {
    return null;
  }
}

function write(folder: string, file: string, body: Uint8Array): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, Buffer.concat([digest(body), body]), { mode: 0o600 });
    renameSync(temporary, file);
  } finally {
    rmSync(temporary, { force: true });
  }
  for (const name of readdirSync(folder)) {
    const other = join(folder, name);
    if (name.startsWith(FILE_PREFIX) && name.endsWith('.bin') && other !== file)
      rmSync(other, { force: true });
  }
}

function digest(body: Uint8Array): Buffer {
  return createHash('sha256').update(body).digest();
}

function build(signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', BUILDER], {
      stdio: ['ignore', 'pipe', 'ignore'],
      signal: AbortSignal.any([signal, AbortSignal.timeout(BUILD_WITHIN_MS)]),
      killSignal: 'SIGKILL',
    });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(new Uint8Array(Buffer.concat(chunks)));
      else reject(Object.assign(new Error('the builder failed'), { code: 'DUMP_BUILD_FAILED' }));
    });
  });
}
