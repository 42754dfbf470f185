import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Files that git knows or would add, without ignored ones, that exist now. */
export async function trackedFiles(patterns: readonly string[]): Promise<readonly string[]> {
  const { stdout } = await run(
    'git',
    ['ls-files', '--cached', '--others', '--exclude-standard', '--', ...patterns],
    {
      maxBuffer: 16 * 1024 * 1024,
    },
  );
  return stdout.split('\n').filter((file) => file !== '' && existsSync(file));
}
