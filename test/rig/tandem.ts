import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const launcher = fileURLToPath(new URL('../../cli/tandem.mjs', import.meta.url));

export interface Run {
  readonly pid: number;
  readonly lines: readonly string[];
  readonly errors: () => string;
  /** As `| head` does when it has seen enough. */
  stopReading(): void;
  write(text: string): void;
  closeInput(): void;
  signal(name: NodeJS.Signals): void;
  readonly code: Promise<number | null>;
}

/** Runs one command and collects what it prints, line by line. */
export function runTandem(args: readonly string[], env: Readonly<Record<string, string>>): Run {
  const child = spawn(process.execPath, [launcher, ...args], {
    env: { ...process.env, TANDEM_PORT: '0', ...env },
    stdio: 'pipe',
  });
  const lines: string[] = [];
  let errors = '';
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  child.stderr.on('data', (chunk) => {
    errors += String(chunk);
  });
  child.stdin.on('error', () => undefined);
  return {
    pid: child.pid ?? 0,
    lines,
    errors: () => errors,
    stopReading: () => child.stdout.destroy(),
    write: (text) => child.stdin.write(text),
    closeInput: () => child.stdin.end(),
    signal: (name) => child.kill(name),
    code: once(child, 'close').then(([code]) => code as number | null),
  };
}
