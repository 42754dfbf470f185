import type { Queue } from 'bullmq';
import { type Context, Hono } from 'hono';
import { TandemError, toTandemError } from '#kernel/errors.ts';
import { CONSOLE_HEADER, type ConsoleAuth, requireOwnPage } from '../auth.ts';
import { BOARD_POLICY } from '../headers.ts';
import { askForToken } from '../login.ts';
import { RESUME_PATH } from '../pages/queue-banner.ts';
import { queueAwayPage, queuePausedPage, queueWakingPage } from '../pages/queue-pages.ts';
import type { ConsolePorts } from '../ports.ts';
import { queueView } from '../view/build-jobs.ts';
import { pausedOf } from '../view/paused-queues.ts';
import { BOARD_PATH, type Board, openBoard } from './board.ts';

/** A start of the embedded queue takes less than this nearly always; longer, and the page says what it waits for. */
const PATIENCE_MS = 1_500;

export interface DashboardDeps {
  readonly queue: ConsolePorts['queue'];
  readonly auth: ConsoleAuth;
  /** Loads Bull Board. */
  readonly open?: () => Promise<Board>;
}

/** Bull Board at /queues, behind login and policy of the console. Wakes the queue at the first look. */
export function createDashboard({ queue, auth, open = openBoard }: DashboardDeps): Hono {
  let board: Promise<Board> | null = null;
  const routes = new Hono();

  const show = async (context: Context, queues: readonly Queue[]): Promise<Response> => {
    board ??= open().catch((thrown: unknown) => {
      // What failed once, for want of memory perhaps, is tried again by the next who looks.
      board = null;
      throw thrown;
    });
    const answer = await (await board).fetch(context.req.raw, queues);
    const headers = new Headers(answer.headers);
    headers.set('content-security-policy', BOARD_POLICY);
    return new Response(answer.body, { status: answer.status, headers });
  };

  for (const part of ['api', 'static']) {
    routes.use(`${BOARD_PATH}/${part}/*`, auth.required);
    routes.all(`${BOARD_PATH}/${part}/*`, async (context) => show(context, await queue.queues()));
  }

  // Asked for by a plain form of /queues, and by the script of the status page, which stays where it is.
  routes.post(RESUME_PATH, auth.required, requireOwnPage, async (context) => {
    await Promise.all((await queue.queues()).map((one) => one.resume()));
    const byScript = context.req.header(CONSOLE_HEADER) !== undefined;
    return byScript ? context.body(null, 204) : context.redirect(BOARD_PATH, 303);
  });

  routes.get(`${BOARD_PATH}/`, (context) => context.redirect(BOARD_PATH));
  for (const path of [BOARD_PATH, `${BOARD_PATH}/*`]) {
    routes.get(path, async (context) => {
      if (!auth.allows(context)) return askForToken(context);
      const woken = await wake(queue);
      if (woken instanceof TandemError)
        return context.html(queueAwayPage(woken, await queueView(queue)), 503);
      if (woken === null) return context.html(queueWakingPage());
      const paused = context.req.path === BOARD_PATH ? await pausedOf(woken) : [];
      return paused.length > 0 ? context.html(queuePausedPage(paused)) : show(context, woken);
    });
  }
  return routes;
}

/** Null = it is about to come up. */
async function wake(queue: ConsolePorts['queue']): Promise<readonly Queue[] | TandemError | null> {
  const asked = queue.queues().catch(toTandemError);
  if (queue.health().state === 'down') return new TandemError('QUEUE_UNAVAILABLE');
  const late = Promise.withResolvers<null>();
  const timer = setTimeout(() => late.resolve(null), PATIENCE_MS);
  try {
    return await Promise.race([asked, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
