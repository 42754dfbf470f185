import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

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
