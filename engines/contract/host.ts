import { createHash, timingSafeEqual } from 'node:crypto';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { createAdaptorServer } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { TandemError, toErrorBody, toTandemError, validationError } from '#kernel/errors.ts';
import type { Logger } from '#kernel/logger.ts';
import { runCommand } from './command-runner.ts';
import type { Engine } from './engine.ts';
import { createEngineMetrics } from './metrics.ts';
import { isConnected } from './state.ts';
import {
  COMMAND_BODY_MAX_BYTES,
  DEADLINE_HEADER,
  observationsQuerySchema,
  printObservations,
  statusQuerySchema,
} from './wire.ts';

export interface EngineHost {
  /** The port that was really taken. */
  readonly port: number;
  /** Ends running polls and commands, then closes. Does not close the engine. */
  close(): Promise<void>;
}

export interface EngineHostOptions {
  readonly engine: Engine;
  /** Bearer secret that every route but /health asks for. */
  readonly secret: string;
  /** 0 = any free port. */
  readonly port: number;
  readonly host?: string;
  /** Ends the process; given only where something starts it again. */
  readonly onExit?: () => void;
  readonly logger: Logger;
}

const LOOPBACK = '127.0.0.1';
/** How long running answers may take to leave after close() was called. */
const CLOSE_GRACE_MS = 1_000;

/** The HTTP face of an engine. Throws PORT_IN_USE. */
export async function serveEngine(options: EngineHostOptions): Promise<EngineHost> {
  const closing = new AbortController();
  const app = createEngineApp(options, closing.signal);
  const server = createAdaptorServer({ fetch: app.fetch }) as Server;
  const answersDone = trackAnswers(server);
  await listen(server, options.port, options.host ?? LOOPBACK);
  const { port } = server.address() as AddressInfo;
  return {
    port,
    close: async () => {
      closing.abort();
      const closed = new Promise((resolve) => server.close(resolve));
      await Promise.race([answersDone(), delay(CLOSE_GRACE_MS, undefined, { ref: false })]);
      // Also those that never sent a request: the server would wait for them.
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Returns a function that resolves as soon as no answer is under way. */
function trackAnswers(server: Server): () => Promise<void> {
  let underWay = 0;
  let onIdle = () => {};
  server.on('request', (_request, response) => {
    underWay += 1;
    response.once('close', () => {
      underWay -= 1;
      if (underWay === 0) onIdle();
    });
  });
  return () =>
    new Promise((resolve) => {
      onIdle = resolve;
      if (underWay === 0) resolve();
    });
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const taken = cause.code === 'EADDRINUSE' || cause.code === 'EACCES';
      reject(
        taken ? new TandemError('PORT_IN_USE', { details: { port, reason: cause.code }, cause }) : cause,
      );
    });
    server.listen(port, host, resolve);
  });
}

function createEngineApp({ engine, secret, onExit, logger }: EngineHostOptions, closing: AbortSignal): Hono {
  const app = new Hono();
  const metrics = createEngineMetrics();
  const isSecret = createSecretCheck(secret);
  let prunedTo = 0;

  app.onError((thrown, c) => {
    const error = toTandemError(thrown);
    if (error.code === 'INTERNAL_ERROR') logger.error('engine request failed', { path: c.req.path, error });
    return answerError(c, error);
  });
  app.notFound((c) => answerError(c, new TandemError('ROUTE_NOT_FOUND')));
  app.get('/health', (c) => c.json({ ok: true }));

  app.use(async (c, next) => {
    if (!isSecret(c.req.header('authorization'))) throw new TandemError('ACCESS_DENIED');
    await next();
  });

  app.get('/ready', (c) => {
    const { level, reason } = engine.status();
    return c.json({ ready: isConnected(level), level, reason }, isConnected(level) ? 200 : 503);
  });

  app.get('/metrics', (c) => c.text(metrics.print(engine.status())));

  app.get('/status', async (c) => {
    const { since, waitMs } = parseQuery(statusQuerySchema, c);
    if (engine.status().revision === since && waitMs > 0) {
      await nextStatus(engine, waitMs, AbortSignal.any([closing, c.req.raw.signal]));
    }
    return c.json(engine.status());
  });

  app.get('/observations', async (c) => {
    const { outbox, after, from = after, max, waitMs } = parseQuery(observationsQuerySchema, c);
    if (outbox !== engine.outbox.id) return json(c, printObservations(engine.outbox.id, []));
    prune(after);
    await engine.outbox.waitFor(from, waitMs, AbortSignal.any([closing, c.req.raw.signal]));
    // The outbox may be closed by now.
    if (closing.aborted) throw new TandemError('SHUTTING_DOWN');
    return json(c, printObservations(engine.outbox.id, engine.outbox.read(from, max)));
  });

  app.post('/exit', (c) => {
    if (onExit === undefined) throw new TandemError('ROUTE_NOT_FOUND');
    // The listener closes at once, so whoever connects after this answer meets the next process.
    onExit();
    return c.json({ ok: true }, 202);
  });

  app.post(
    '/commands/:name',
    bodyLimit({
      maxSize: COMMAND_BODY_MAX_BYTES,
      onError: () => {
        throw new TandemError('VALIDATION_ERROR', {
          message: 'The input is too large.',
          details: { maxBytes: COMMAND_BODY_MAX_BYTES },
        });
      },
    }),
    async (c) => {
      const name = c.req.param('name');
      const startedAt = performance.now();
      const done = (outcome: string) => {
        const ms = performance.now() - startedAt;
        metrics.commandDone(name, outcome, ms);
        logger.debug('engine command done', { command: name, outcome, ms: Math.round(ms) });
      };
      try {
        const output = await runCommand(engine, {
          name,
          body: await c.req.text(),
          deadline: c.req.header(DEADLINE_HEADER),
          signals: [closing, c.req.raw.signal],
        });
        done('ok');
        return c.json(output as object);
      } catch (thrown) {
        const error = toTandemError(thrown);
        if (error.code !== 'ROUTE_NOT_FOUND') done(error.code);
        if (error.code === 'INTERNAL_ERROR') logger.error('engine command failed', { command: name, error });
        return answerError(c, error);
      }
    },
  );

  function prune(upTo: number): void {
    if (upTo <= prunedTo) return;
    try {
      engine.outbox.prune(upTo);
      prunedTo = upTo;
    } catch (error) {
      // A full disk must not stop the consumer from taking what is there: that is what frees space.
      logger.warn('outbox not pruned', { error });
    }
  }
  return app;
}

/** Compares digests, which have one length, so that neither content nor length can be timed. */
function createSecretCheck(secret: string): (header: string | undefined) => boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  const expected = digest(`Bearer ${secret}`);
  return (header) => header !== undefined && timingSafeEqual(digest(header), expected);
}

function nextStatus(engine: Engine, waitMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      stop();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, waitMs);
    const stop = engine.onStatus(done);
    signal.addEventListener('abort', done, { once: true });
  });
}

function parseQuery<S extends typeof statusQuerySchema | typeof observationsQuerySchema>(
  schema: S,
  c: Context,
): ReturnType<S['parse']> {
  const parsed = schema.safeParse(c.req.query());
  if (!parsed.success) throw validationError(parsed.error);
  return parsed.data as ReturnType<S['parse']>;
}

function json(c: Context, text: string): Response {
  return c.body(text, 200, { 'content-type': 'application/json; charset=utf-8' });
}

function answerError(c: Context, error: TandemError): Response {
  return c.json(toErrorBody(error), error.httpStatus as 500);
}
