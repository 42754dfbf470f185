import { type ErrorBody, type TandemError, toErrorBody } from '#kernel/errors.ts';
import { outliveReaders } from '#kernel/pipes.ts';
import { edited } from './command-words.ts';
import { exitCodeOf } from './exit-codes.ts';
import { renderError } from './render/error.ts';
import { createTerminal, type Terminal } from './render/terminal.ts';

/** Where a command prints: people's words on `out`, complaints on `err`, JSON lines by `json`. */
export interface Io {
  readonly out: Terminal;
  readonly err: Terminal;
  readonly env: NodeJS.ProcessEnv;
  json(value: unknown): void;
}

/** `edit` has the last word on every line for people, before it is printed; JSON is for programs, which know what they asked. */
export function createIo(edit: (line: string) => string = (line) => line): Io {
  outliveReaders(process.stdout, process.stderr);
  return {
    out: edited(createTerminal(process.stdout), edit),
    err: edited(createTerminal(process.stderr), edit),
    env: process.env,
    json: (value) => {
      process.stdout.write(`${JSON.stringify(value)}\n`);
    },
  };
}

/** Prints an error in the manner asked for and returns the exit code. */
export function reportError(io: Io, error: TandemError, json: boolean): number {
  io.out.clear();
  if (json) {
    const body: ErrorBody = toErrorBody(error);
    io.json({ event: 'failed', ...body });
  } else {
    io.err.print(...renderError(error, io.err.colours));
    if (error.code === 'INTERNAL_ERROR' && error.cause instanceof Error) {
      io.err.print(io.err.colours.dim(`  cause: ${error.cause.name} at ${firstFrame(error.cause)}`));
    }
  }
  return exitCodeOf(error.code);
}

/** Where it happened, never what it said: messages of libraries can quote data. */
function firstFrame(error: Error): string {
  const frame = (error.stack ?? '').split('\n').find((line) => line.trimStart().startsWith('at '));
  return frame?.trim().slice('at '.length) ?? 'unknown place';
}
