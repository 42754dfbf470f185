import type { IServerAdapter } from '@bull-board/api/typings/app';
import type { Queue } from 'bullmq';
import type { Hono as HonoApp } from 'hono';
import { Hono } from 'hono';

export const BOARD_PATH = '/queues';

export interface Board {
  /** Answers below BOARD_PATH, for these queues. */
  fetch(request: Request, queues: readonly Queue[]): Promise<Response>;
}

/**
 * The board is for looking. Every entry is made anew from the database, where the jobs are steered: what is done to an entry by hand
 * is undone or means nothing. Its menus can only be shown as a whole, pausing and adding included, so they are hidden as a whole.
 */
const READ_ONLY = { readOnlyMode: true };

const REFUSED =
  'Not here: jobs are begun, paused and cancelled on the status page, with the tools or with `tandem history`.';

/** Loads Bull Board, so call it no earlier than somebody looks. */
export async function openBoard(): Promise<Board> {
  const [{ createBullBoard }, { BullMQAdapter }, { HonoAdapter }, { serveStatic }] = await Promise.all([
    import('@bull-board/api'),
    import('@bull-board/api/bullMQAdapter'),
    import('@bull-board/hono'),
    import('@hono/node-server/serve-static'),
  ]);
  const server = new HonoAdapter(serveStatic).setBasePath(BOARD_PATH);
  // The adapter brings types of its own patch release.
  const serverAdapter = server as unknown as IServerAdapter;
  const { replaceQueues } = createBullBoard({
    queues: [],
    serverAdapter,
    options: {
      uiConfig: {
        boardTitle: 'Tandem queues',
        boardLogo: { path: '/assets/icon.svg', width: 28, height: 28 },
        favIcon: { default: '/assets/icon.svg', alternative: '/assets/icon.svg' },
        miscLinks: [{ text: 'Status of Tandem', url: '/' }],
        hideDocsLink: true,
        sortQueues: false,
        showMetrics: false,
        // Its logo writes a style into the page, which our policy refuses; and the queue need not be Redis.
        hideRedisDetails: true,
        // Workers of the embedded queue have no connection of their own, so they would be reported missing.
        showWorkers: false,
        locale: { lng: 'en' },
      },
      handlerHooks: {
        before: ({ method }) =>
          method === 'get' ? undefined : { allow: false, status: 403, message: REFUSED },
      },
    },
  });
  const app: HonoApp = new Hono().route(BOARD_PATH, server.registerPlugin());
  let shown: readonly Queue[] = [];
  return {
    fetch: async (request, queues) => {
      // The embedded queue comes up with new objects after every sleep.
      if (queues !== shown) {
        replaceQueues(queues.map((queue) => new BullMQAdapter(queue, READ_ONLY)));
        shown = queues;
      }
      return cleaned(await app.fetch(request));
    },
  };
}

/** The page of Bull Board without what comes from elsewhere or stands inline, so that our policy holds for it. */
async function cleaned(answer: Response): Promise<Response> {
  if (!(answer.headers.get('content-type') ?? '').startsWith('text/html')) return answer;
  const page = (await answer.text())
    .replace(/<link[^>]*href="https?:[^>]*>/g, '')
    .replace(/<style>.*?<\/style>/gs, '')
    .replace(/ style="[^"]*"/g, '');
  const headers = new Headers(answer.headers);
  headers.delete('content-length');
  return new Response(page, { status: answer.status, headers });
}
