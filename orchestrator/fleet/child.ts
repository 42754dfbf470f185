import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { readSupervisedLine, SUPERVISED_FLAG } from '#engines/contract/supervised.ts';
import { type ErrorBody, fromErrorBody, TandemError } from '#kernel/errors.ts';
import type { Logger } from '#kernel/logger.ts';
import { redactText } from '#kernel/redact.ts';

export interface ChildExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** One engine process, from spawn to exit. */
export interface EngineChild {
  readonly pid: number | null;
  /** Port of its HTTP face. Rejects with ENGINE_START_FAILED, or with the error that the child reported. */
  readonly ready: Promise<number>;
  /** Resolves when the process has ended, however. */
  readonly exited: Promise<ChildExit>;
  /** Closes stdin and waits; kills by pid after `graceMs`. */
  stop(graceMs: number): Promise<void>;
}

export interface EngineChildOptions {
  readonly engine: string;
  /** Entry file of the engine. */
  readonly entry: string;
  readonly nodeFlags?: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly startTimeoutMs: number;
  readonly logger: Logger;
  /** Takes the child's own log lines, which are redacted JSON already. */
  readonly forwardLog: (line: string) => void;
}

const RAW_LINE_MAX_CHARS = 300;

export function startEngineChild(options: EngineChildOptions): EngineChild {
  const { engine, logger } = options;
  // A pipe as stdin: the operating system closes it when this process dies in any way, and the child ends.
  const child = spawn(process.execPath, [...(options.nodeFlags ?? []), options.entry, SUPERVISED_FLAG], {
    env: options.env,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const ready = Promise.withResolvers<number>();
  const exited = Promise.withResolvers<ChildExit>();
  ready.promise.catch(() => undefined);
  let started = false;
  let reported: ErrorBody | null = null;

  const failStart = (stage: string, details: Record<string, unknown> = {}) => {
    clearTimeout(timer);
    ready.reject(
      reported === null
        ? new TandemError('ENGINE_START_FAILED', { engine, details: { stage, ...details } })
        : fromErrorBody({ ...reported, engine }),
    );
  };
  const timer = setTimeout(() => {
    failStart('timeout', { afterMs: options.startTimeoutMs });
    child.kill('SIGKILL');
  }, options.startTimeoutMs);

  createInterface({ input: child.stdout }).on('line', (text) => {
    const line = readSupervisedLine(text);
    if (line?.event === 'failed') reported = line.error;
    if (line?.event !== 'ready') return;
    clearTimeout(timer);
    started = true;
    ready.resolve(line.port);
  });
  createInterface({ input: child.stderr }).on('line', (text) => {
    if (text.startsWith('{')) options.forwardLog(text);
    // Before it is ready an engine knows no messages, so what Node itself complains about may be shown.
    else if (!started)
      logger.warn('engine start-up output', {
        engine,
        output: redactText(text.slice(0, RAW_LINE_MAX_CHARS)),
      });
    else logger.warn('engine wrote a line that is no log line', { engine, chars: text.length });
  });
  child.stdin.on('error', () => undefined);
  child.once('error', (cause) => {
    failStart('spawn', { reason: (cause as NodeJS.ErrnoException).code ?? 'unknown' });
    exited.resolve({ code: null, signal: null });
  });
  // `close`, not `exit`: the last lines of the log are read by then.
  child.once('close', (code, signal) => {
    failStart('exit', { exitCode: code, signal });
    exited.resolve({ code, signal });
  });

  return {
    pid: child.pid ?? null,
    ready: ready.promise,
    exited: exited.promise,
    stop: async (graceMs) => {
      child.stdin.end();
      const hard = setTimeout(() => {
        logger.warn('engine did not stop in time and is killed', { engine, pid: child.pid });
        child.kill('SIGKILL');
      }, graceMs);
      await exited.promise;
      clearTimeout(hard);
    },
  };
}
