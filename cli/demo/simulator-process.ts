import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { TandemError } from '#kernel/errors.ts';

const ENTRY = fileURLToPath(new URL('../../simulator/main.mjs', import.meta.url));

/** Building the account and its keys takes a second or two; a busy machine gets ten times that. */
const START_LIMIT_MS = 30_000;
const STOP_LIMIT_MS = 5_000;

const readySchema = z.object({
  event: z.literal('ready'),
  environment: z.record(z.string(), z.string()),
  controlUrl: z.url(),
  counts: z.object({ chats: z.int(), messages: z.int(), pushed: z.int(), onDemand: z.int() }),
});

export interface SimulatorProcess {
  /** Variables that make a service take it for WhatsApp. */
  readonly environment: Readonly<Record<string, string>>;
  readonly controlUrl: string;
  readonly counts: z.infer<typeof readySchema>['counts'];
  stop(): Promise<void>;
}

/** An image for servers comes without it. Throws ENGINE_START_FAILED. */
export function requireSimulator(entry = ENTRY): void {
  if (existsSync(entry)) return;
  throw new TandemError('ENGINE_START_FAILED', {
    message: 'This installation has no simulated account, so it has no demo.',
    hint: 'Run the demo in a clone of the repository: `npm ci`, then `npm run demo`.',
  });
}

/** A simulated account in a process of its own, which ends with this one. Throws ENGINE_START_FAILED. */
export async function startSimulator(seed: string | undefined): Promise<SimulatorProcess> {
  const child = spawn(
    process.execPath,
    [ENTRY, '--preset', 'demo', '--json', '--with-parent', ...(seed === undefined ? [] : ['--seed', seed])],
    // A process group of its own: Ctrl-C in the terminal is for the demo, which ends things in the right order.
    { stdio: ['pipe', 'pipe', 'inherit'], detached: process.platform !== 'win32' },
  );
  try {
    const ready = await firstLine(child);
    return {
      environment: ready.environment,
      controlUrl: ready.controlUrl,
      counts: ready.counts,
      stop: () => end(child),
    };
  } catch (thrown) {
    await end(child);
    throw thrown;
  }
}

async function firstLine(child: ChildProcess): Promise<z.infer<typeof readySchema>> {
  if (child.stdout === null) throw new TandemError('INTERNAL_ERROR');
  const lines = createInterface({ input: child.stdout });
  const timer = setTimeout(() => lines.close(), START_LIMIT_MS);
  try {
    for await (const line of lines) return readySchema.parse(JSON.parse(line));
    throw new TandemError('ENGINE_START_FAILED', {
      message: 'The simulated account could not be started.',
      hint: 'Run `npm run simulator` to see why.',
      details: { exit_code: child.exitCode },
    });
  } finally {
    clearTimeout(timer);
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const hard = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
  await gone;
  clearTimeout(hard);
}
