import { Pool } from 'undici';
import { z } from 'zod';
import {
  type ErrorFacts,
  errorBodySchema,
  fromErrorBody,
  TandemError,
  validationError,
} from '#kernel/errors.ts';
import { ENGINE_HTTP_BODY_MAX_BYTES } from '#kernel/limits.ts';
import {
  type CommandInput,
  type CommandName,
  type CommandOutput,
  commands,
  sendCommands,
} from './command.ts';
import { type EngineStatus, engineStatusSchema } from './state.ts';
import { DEADLINE_HEADER, type ObservationsAnswer, readObservations } from './wire.ts';

export interface ObservationsRequest {
  /** Null while unknown: the answer then names the outbox and holds no entries. */
  readonly outbox: string | null;
  /** Everything up to here is committed for good; the engine forgets it. */
  readonly after: number;
  /** Read from behind here; `after` when not given. */
  readonly from?: number;
  readonly max: number;
  readonly waitMs: number;
}

export interface CommandOptions {
  readonly signal?: AbortSignal;
  /** Lowers the command's own deadline; whole exchange. */
  readonly deadlineMs?: number;
}

/**
 * The caller's side of host.ts. Every answer is parsed by its schema. Errors of all methods: what the engine
 * answered with, ENGINE_UNREACHABLE (nothing was sent), ENGINE_TIMEOUT, ENGINE_PROTOCOL (names the fields), ENGINE_SECRET_WRONG.
 */
export interface EngineClient {
  readonly name: string;
  /** With `since`: answers when the revision is another one, or after `waitMs`. */
  status(since?: number, waitMs?: number, signal?: AbortSignal): Promise<EngineStatus>;
  observations(request: ObservationsRequest, signal?: AbortSignal): Promise<ObservationsAnswer>;
  /** A send: once the request has left, anything but an answer of the engine is DELIVERY_UNKNOWN. */
  command<C extends CommandName>(
    name: C,
    input: CommandInput<C>,
    options?: CommandOptions,
  ): Promise<CommandOutput<C>>;
  /** Round trip of an open route. */
  health(timeoutMs: number, signal?: AbortSignal): Promise<{ readonly roundTripMs: number }>;
  /** Ends the process. Only an engine without a supervisor takes it; others answer ROUTE_NOT_FOUND. */
  exit(signal?: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

export interface EngineClientOptions {
  readonly name: string;
  /** `http://127.0.0.1:8081` */
  readonly baseUrl: string;
  readonly secret: string;
}

const CONNECT_TIMEOUT_MS = 3_000;
/** Time for the engine's own answer about a missed deadline to arrive before the caller gives up. */
const ANSWER_MARGIN_MS = 1_000;
/** A status or a batch is built in milliseconds; more means that the process hangs. */
const ANSWER_TIMEOUT_MS = 10_000;
/** Base64 makes three bytes four. */
const ANSWER_MAX_BYTES = Math.ceil((ENGINE_HTTP_BODY_MAX_BYTES * 4) / 3) + 64 * 1024;

interface Exchange {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

export function createEngineClient({ name, baseUrl, secret }: EngineClientOptions): EngineClient {
  const pool = new Pool(baseUrl, {
    connect: { timeout: CONNECT_TIMEOUT_MS },
    // The timers below cover the whole exchange; long polls are silent on purpose.
    headersTimeout: 0,
    bodyTimeout: 0,
    maxResponseSize: ANSWER_MAX_BYTES,
  });

  async function exchange(request: Exchange): Promise<string> {
    const late = AbortSignal.timeout(request.timeoutMs);
    const signal = request.signal === undefined ? late : AbortSignal.any([late, request.signal]);
    let statusCode: number;
    let text: string;
    let left = false;
    try {
      signal.throwIfAborted();
      left = true;
      const answer = await pool.request({
        method: request.method,
        path: request.path,
        body: request.body ?? null,
        headers: { authorization: `Bearer ${secret}`, ...request.headers },
        signal,
      });
      statusCode = answer.statusCode;
      text = await answer.body.text();
    } catch (cause) {
      throw transportError(cause, name, {
        left,
        late: late.aborted,
        cancelled: request.signal?.aborted ?? false,
      });
    }
    if (statusCode >= 200 && statusCode < 300) return text;
    throw errorFromAnswer(statusCode, text, name);
  }

  function parse<S extends z.ZodType>(schema: S, text: string): z.output<S> {
    return readAnswer(name, () => schema.parse(JSON.parse(text)));
  }

  return {
    name,
    status: async (since, waitMs = 0, signal) => {
      const query = since === undefined ? '' : `?since=${since}&waitMs=${waitMs}`;
      const timeoutMs = waitMs + ANSWER_TIMEOUT_MS;
      const text = await exchange({ method: 'GET', path: `/status${query}`, timeoutMs, signal });
      return parse(engineStatusSchema, text);
    },
    observations: async ({ outbox, after, from = after, max, waitMs }, signal) => {
      const place =
        outbox === null ? '' : `outbox=${encodeURIComponent(outbox)}&after=${after}&from=${from}&`;
      const path = `/observations?${place}max=${max}&waitMs=${waitMs}`;
      const text = await exchange({ method: 'GET', path, timeoutMs: waitMs + ANSWER_TIMEOUT_MS, signal });
      return readAnswer(name, () => readObservations(text));
    },
    command: async (command, input, options = {}) => {
      const deadlineMs = Math.min(
        commands[command].deadlineMs,
        options.deadlineMs ?? Number.POSITIVE_INFINITY,
      );
      try {
        const text = await exchange({
          method: 'POST',
          path: `/commands/${command}`,
          body: JSON.stringify(input),
          headers: { 'content-type': 'application/json', [DEADLINE_HEADER]: String(deadlineMs) },
          timeoutMs: deadlineMs + ANSWER_MARGIN_MS,
          signal: options.signal,
        });
        return parse(commands[command].output, text) as CommandOutput<typeof command>;
      } catch (thrown) {
        throw sendCommands.has(command) ? outcomeOfSend(thrown, name) : thrown;
      }
    },
    health: async (timeoutMs, signal) => {
      const startedAt = performance.now();
      const text = await exchange({ method: 'GET', path: '/health', timeoutMs, signal });
      parse(z.strictObject({ ok: z.literal(true) }), text);
      return { roundTripMs: performance.now() - startedAt };
    },
    exit: async (signal) => {
      await exchange({ method: 'POST', path: '/exit', timeoutMs: ANSWER_TIMEOUT_MS, signal });
    },
    close: () => pool.destroy(),
  };
}

function readAnswer<T>(engine: string, read: () => T): T {
  try {
    return read();
  } catch (thrown) {
    if (thrown instanceof z.ZodError) {
      const { message, details, cause } = validationError(thrown, 'ENGINE_PROTOCOL');
      throw new TandemError('ENGINE_PROTOCOL', { message, engine, details: details ?? {}, cause });
    }
    throw new TandemError('ENGINE_PROTOCOL', { engine, details: { problems: ['the answer is not JSON'] } });
  }
}

function errorFromAnswer(statusCode: number, text: string, engine: string): TandemError {
  const body = readAnswer(engine, () => errorBodySchema.parse(JSON.parse(text)));
  if (body.code === 'ACCESS_DENIED') {
    // The catalogue's words are for clients of the service; here two of our own processes disagree.
    return new TandemError('ENGINE_SECRET_WRONG', { engine, details: { statusCode, sent: false } });
  }
  return fromErrorBody({ ...body, engine: body.engine ?? engine });
}

const NOTHING_SENT = new Set([
  'ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL',
  'UND_ERR_CONNECT_TIMEOUT',
]); // biome-ignore format: a list reads better dense

interface Circumstances {
  /** The request was handed to the transport. */
  readonly left: boolean;
  readonly late: boolean;
  readonly cancelled: boolean;
}

/** `details.sent` tells whether the request may have reached the engine. */
function transportError(
  cause: unknown,
  engine: string,
  { left, late, cancelled }: Circumstances,
): TandemError {
  const { code, syscall } = cause as NodeJS.ErrnoException;
  const reason = typeof code === 'string' ? code : 'unknown';
  const sent = left && !NOTHING_SENT.has(reason) && syscall !== 'connect';
  const facts = (details: Record<string, unknown>): ErrorFacts => ({ engine, details, cause });
  if (cancelled) return new TandemError('ENGINE_TIMEOUT', facts({ sent, cancelled }));
  if (late) return new TandemError('ENGINE_TIMEOUT', facts({ sent }));
  if (reason === 'UND_ERR_RES_EXCEEDED_MAX_SIZE') {
    return new TandemError('ENGINE_PROTOCOL', facts({ sent, problems: ['the answer is too large'] }));
  }
  return new TandemError('ENGINE_UNREACHABLE', facts({ sent, reason }));
}

/** Errors after which nobody can say whether the message went out, unless `details.sent` is false. */
const PROVES_NOTHING: ReadonlySet<string> = new Set([
  'ENGINE_TIMEOUT',
  'ENGINE_PROTOCOL',
  'ENGINE_UNREACHABLE',
  'CONNECTION_LOST',
  'INTERNAL_ERROR',
]);

/** What is known of a send after an error: refused by the engine, never left, or unknown. */
function outcomeOfSend(thrown: unknown, engine: string): unknown {
  if (!(thrown instanceof TandemError)) return thrown;
  if (!PROVES_NOTHING.has(thrown.code) || thrown.details?.sent === false) return thrown;
  return new TandemError('DELIVERY_UNKNOWN', { engine, details: { because: thrown.code }, cause: thrown });
}
