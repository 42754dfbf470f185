import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { until } from '#kernel/testing/until.ts';

const CHILD = fileURLToPath(new URL('./child.ts', import.meta.url));

/** Starts an upkeep in a process of its own and kills it at a step. True = it came to its end before. */
export async function killAtStep(
  what: 'reindex' | 'purge' | 'salvage',
  file: string,
  step: number,
): Promise<boolean> {
  const child = spawn(process.execPath, [CHILD, what, file], { stdio: ['ignore', 'pipe', 'inherit'] });
  let told = '';
  child.stdout.on('data', (chunk: Buffer) => {
    told += chunk.toString();
    if (told.length >= step) child.kill('SIGKILL');
  });
  await once(child, 'close');
  return told.endsWith('!');
}

/** Starts a long migration in a process of its own and kills it when it has written some of it. */
export async function killInMigration(file: string): Promise<void> {
  const child = spawn(process.execPath, [CHILD, 'migrate', file], { stdio: 'ignore' });
  const closed = once(child, 'close');
  const written = () => statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0;
  await until(() => written() > 8_000_000 || child.exitCode !== null, 'beginning of the migration');
  child.kill('SIGKILL');
  await closed;
}
