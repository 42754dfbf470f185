import { z } from 'zod';
import { errorBodySchema, type TandemError, toErrorBody } from '#kernel/errors.ts';

/**
 * What a supervisor and an engine process that it started agree on, besides HTTP.
 *
 * The child is started with the flag below and its secret in the environment. It prints exactly one of the
 * two lines on stdout: `ready` once it answers, or `failed` before it ends. Its log goes to stderr as JSON
 * lines. It ends when its stdin closes, which also happens when the parent is killed.
 */
export const SUPERVISED_FLAG = '--supervised';

/** Bearer secret of the child's HTTP face. */
export const ENGINE_SECRET_ENV = 'TANDEM_ENGINE_SECRET';

const lineSchema = z.discriminatedUnion('event', [
  z.strictObject({ event: z.literal('ready'), port: z.int().min(1).max(65_535), pid: z.int().positive() }),
  z.strictObject({ event: z.literal('failed'), error: errorBodySchema }),
]);
export type SupervisedLine = z.infer<typeof lineSchema>;

export function printReady(port: number): void {
  print({ event: 'ready', port, pid: process.pid });
}

export function printFailed(error: TandemError): void {
  print({ event: 'failed', error: toErrorBody(error) });
}

function print(line: SupervisedLine): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** Null for anything that is not one of the two lines. */
export function readSupervisedLine(text: string): SupervisedLine | null {
  try {
    return lineSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/** Calls `onGone` once, when the parent closed stdin or died. */
export function watchParent(onGone: () => void): void {
  let gone = false;
  const once = () => {
    if (!gone) onGone();
    gone = true;
  };
  process.stdin.once('end', once);
  process.stdin.once('close', once);
  process.stdin.once('error', once);
  process.stdin.resume();
}
