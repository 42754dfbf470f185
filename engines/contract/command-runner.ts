import { TandemError, validationError } from '#kernel/errors.ts';
import { type CommandName, commands, sendCommands } from './command.ts';
import type { Engine } from './engine.ts';

export interface CommandCall {
  readonly name: string;
  /** JSON as it came in. */
  readonly body: string;
  /** Milliseconds the caller waits, as text; absent = the command's own deadline. */
  readonly deadline: string | undefined;
  /** The handler is told to stop when one of these aborts. */
  readonly signals: readonly AbortSignal[];
}

type AnyHandler = (input: unknown, signal: AbortSignal) => Promise<unknown>;

/**
 * Runs one command of an engine under its deadline. Throws ROUTE_NOT_FOUND, CAPABILITY_UNAVAILABLE,
 * VALIDATION_ERROR, what the handler throws, and at the deadline ENGINE_TIMEOUT (a send:
 * DELIVERY_UNKNOWN).
 */
export async function runCommand(engine: Engine, call: CommandCall): Promise<unknown> {
  if (!isCommandName(call.name)) throw new TandemError('ROUTE_NOT_FOUND');
  const command = commands[call.name];
  const handler = engine.commands[call.name] as AnyHandler | undefined;
  const { engine: engineName } = engine.status();
  if (handler === undefined) {
    throw new TandemError('CAPABILITY_UNAVAILABLE', {
      engine: engineName,
      message: `This engine does not offer ${call.name}.`,
    });
  }
  const input = command.input.safeParse(parseBody(call.body));
  if (!input.success) throw validationError(input.error);

  const deadlineMs = Math.min(command.deadlineMs, positive(call.deadline) ?? command.deadlineMs);
  const late = AbortSignal.timeout(deadlineMs);
  const signal = AbortSignal.any([late, ...call.signals]);
  const cutShort = createCutShort(signal);
  try {
    return await Promise.race([handler(input.data, signal), cutShort.promise]);
  } catch (thrown) {
    if (thrown instanceof TandemError || !signal.aborted) throw thrown;
    const code = sendCommands.has(call.name) ? 'DELIVERY_UNKNOWN' : 'ENGINE_TIMEOUT';
    throw new TandemError(code, {
      engine: engineName,
      details: late.aborted ? { deadlineMs } : { stopped: true },
      cause: thrown,
    });
  } finally {
    cutShort.dispose();
  }
}

/** Rejects when the signal aborts: a handler that ignores its signal must not hold the answer back. */
function createCutShort(signal: AbortSignal): { promise: Promise<never>; dispose(): void } {
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  promise.catch(() => undefined);
  signal.addEventListener('abort', onAbort, { once: true });
  return { promise, dispose: () => signal.removeEventListener('abort', onAbort) };
}

function isCommandName(name: string): name is CommandName {
  return Object.hasOwn(commands, name);
}

function parseBody(body: string): unknown {
  if (body === '') return {};
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw new TandemError('VALIDATION_ERROR', { message: 'The input is not JSON.', cause });
  }
}

function positive(text: string | undefined): number | null {
  const number = Number(text);
  return Number.isInteger(number) && number > 0 ? number : null;
}
