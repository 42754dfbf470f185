import { Hono } from 'hono';
import { z } from 'zod';
import { engineNameSchema, engineNames } from '#engines/contract/capability.ts';
import { backfillStates } from '#history/contracts/backfills.ts';
import { HISTORY_MESSAGES_MAX } from '#kernel/limits.ts';
import { requireConsoleHeader } from '../auth.ts';
import type { ConsolePorts } from '../ports.ts';
import type { CoverageSource } from '../view/build-coverage.ts';
import { parseBody, parseInput, smallBody } from './body.ts';
import { wordsOf } from './query.ts';

const CHECKPOINTS_DEFAULT = 100;
const CHECKPOINTS_MAX = 5_000;
/** A page of this size is read in some ten milliseconds, so that the service answers others in between. */
const COVERAGE_DEFAULT = 200;
const COVERAGE_MAX = 500;
const TEXT_MAX_CHARS = 200;

/** A name, number or JID, as people write it. */
const chat = z.string().min(1).max(TEXT_MAX_CHARS);
const time = z.string().max(40);

const retrieveBody = z.strictObject({
  since: time.optional(),
  engines: z.array(engineNameSchema).min(1).max(engineNames.length).optional(),
});

const fetchBody = z.strictObject({
  chat,
  resume: z.boolean().optional(),
  max_messages: z.int().min(1).max(HISTORY_MESSAGES_MAX).optional(),
  since: time.optional(),
  /** The same, as the command line calls it. */
  until: time.optional(),
  engine: engineNameSchema.optional(),
});

const cancelBody = z.strictObject({ chat });

const checkpointsQuery = z.strictObject({
  status: wordsOf(backfillStates),
  limit: z.coerce.number().int().min(1).max(CHECKPOINTS_MAX).default(CHECKPOINTS_DEFAULT),
});

const coverageQuery = z.strictObject({
  text: z.string().max(TEXT_MAX_CHARS).optional(),
  limit: z.coerce.number().int().min(1).max(COVERAGE_MAX).default(COVERAGE_DEFAULT),
  after: z.string().optional(),
});

/** Whoever has the token of the service: begins jobs under this name, and sees those of everybody. */
const OPERATOR = 'operator';
const EVERYBODY = null;

export function createHistoryRoutes({
  olderHistory,
  chats,
}: Pick<ConsolePorts, 'olderHistory' | 'chats'>): Hono {
  const routes = new Hono();

  routes.get('/checkpoints', async (context) => {
    const query = parseInput(checkpointsQuery, context.req.query());
    return context.json({ checkpoints: await olderHistory.checkpoints(query, EVERYBODY) });
  });

  routes.post('/retrieve', requireConsoleHeader, smallBody, async (context) => {
    const body = parseBody(retrieveBody, await context.req.text());
    return context.json(await olderHistory.retrieveAll(body, OPERATOR), 202);
  });

  routes.post('/fetch', requireConsoleHeader, smallBody, async (context) => {
    const { until, ...body } = parseBody(fetchBody, await context.req.text());
    const started = await olderHistory.fetch({ ...body, since: body.since ?? until }, OPERATOR);
    // A name was typed, and more than one may fit.
    const { jid, name } = await chats.chat(body.chat);
    return context.json({ ...started, chat_jid: jid, ...(name === null ? {} : { chat_name: name }) }, 202);
  });

  routes.post('/cancel', requireConsoleHeader, smallBody, async (context) => {
    const body = parseBody(cancelBody, await context.req.text());
    return context.json(await olderHistory.cancel(body, EVERYBODY));
  });
  return routes;
}

export function createCoverageRoutes(coverage: CoverageSource): Hono {
  return new Hono().get('/', async (context) =>
    context.json(await coverage.page(parseInput(coverageQuery, context.req.query()))),
  );
}
