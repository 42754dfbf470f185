import { spawn } from 'node:child_process';

export interface Run {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly limitMs: number;
  readonly signal: AbortSignal;
  /** Asked every second; true ends the program before its time. */
  readonly stuck?: () => boolean;
}

/** How a program ended; `reason` is one line for people, null when it did what it should. */
export interface Ran {
  readonly reason: string | null;
}

const LOOK_EVERY_MS = 1_000;
/** Enough for the last lines, where programs say what went wrong. */
const TAIL_CHARACTERS = 4_000;

/** Runs a program quietly in a process group of its own, so that what it starts ends with it. */
export function run({ command, args, env, limitMs, signal, stuck }: Run): Promise<Ran> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve({ reason: 'it was stopped' });
      return;
    }
    const child = spawn(command, args, {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: process.platform !== 'win32',
    });
    let tail = '';
    let ended: string | null = null;
    const keep = (chunk: Buffer) => {
      tail = (tail + chunk.toString('utf8')).slice(-TAIL_CHARACTERS);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    const end = (why: string) => {
      if (ended !== null) return;
      ended = why;
      killGroup(child.pid);
    };
    const onAbort = () => end('it was stopped');
    signal.addEventListener('abort', onAbort, { once: true });
    const hard = setTimeout(() => end(`it took longer than ${Math.round(limitMs / 1_000)} s`), limitMs);
    const look = setInterval(() => {
      if (stuck?.() === true) end('nothing came for a while');
    }, LOOK_EVERY_MS);
    const done = (reason: string | null) => {
      clearTimeout(hard);
      clearInterval(look);
      signal.removeEventListener('abort', onAbort);
      resolve({ reason });
    };
    child.once('error', (error: NodeJS.ErrnoException) => done(error.code ?? 'it could not be started'));
    child.once('close', (code) => done(code === 0 && ended === null ? null : (ended ?? complaint(tail))));
  });
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL');
  } catch {
    // It has just ended by itself.
  }
}

/** The line that says what is wrong: the last that is neither part of a stack nor a note of npm. */
function complaint(tail: string): string {
  const lines = tail
    .split(/[\r\n]+/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('at ') && !/^(npm |Node\.js )/.test(line));
  return (
    lines
      .at(-1)
      ?.replace(/^[-*] /, '')
      .slice(0, 200) ?? 'it failed without a word'
  );
}
