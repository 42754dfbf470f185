import { Hono, type MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { Clock } from '#kernel/clock.ts';
import { TandemError, toErrorBody, toTandemError } from '#kernel/errors.ts';
import type { Logger } from '#kernel/logger.ts';
import { createApi } from './api/routes.ts';
import { createAssets } from './assets.ts';
import { createConsoleAuth } from './auth.ts';
import { createDashboard } from './dashboard/dashboard.ts';
import { createExportRoutes } from './exports.ts';
import { safeHeaders } from './headers.ts';
import { askForToken, pathOf } from './login.ts';
import { createCoveragePages } from './pages/coverage-routes.ts';
import { loginPage } from './pages/login-page.ts';
import { statusPage } from './pages/status-page.ts';
import type { ConsolePorts, ServiceFacts } from './ports.ts';
import { createCoverageSource } from './view/build-coverage.ts';
import { buildHealth } from './view/health.ts';
import { createJobsSource } from './view/jobs-source.ts';
import { createStatusSource, type StatusSource } from './view/status-source.ts';

export interface ConsoleDeps {
  readonly ports: ConsolePorts;
  readonly facts: ServiceFacts;
  readonly clock: Clock;
  readonly log: Logger;
  /** Access token of the service; null = open to this machine. */
  readonly token: string | null;
  /** Host and Origin checks, the same that guard /mcp. */
  readonly guard: MiddlewareHandler;
}

export interface Console {
  readonly app: Hono;
  readonly status: StatusSource;
  close(): void;
}

const LOGIN_BODY_MAX_BYTES = 4_096;

/** Status page, JSON routes and health. Errors are answered as `{error: {code, message, hint, …}}`. */
export function createConsole(deps: ConsoleDeps): Console {
  const source = createStatusSource(deps.ports, deps.facts, deps.clock);
  const jobs = createJobsSource(deps.ports);
  const coverage = createCoverageSource({ ...deps.ports, clock: deps.clock });
  const auth = createConsoleAuth(deps.token);
  const app = new Hono();

  app.use(safeHeaders);
  app.use(deps.guard);
  app.onError((thrown, context) => {
    const error = toTandemError(thrown);
    if (error.code === 'INTERNAL_ERROR') {
      deps.log.error('a console request failed', {
        path: context.req.path,
        details: error.details,
        error: thrown,
      });
    }
    return Response.json({ error: toErrorBody(error) }, { status: error.httpStatus });
  });
  app.notFound(routeNotFound);

  for (const path of ['/health', '/livez']) app.get(path, (context) => context.json({ status: 'ok' }));
  for (const path of ['/healthz', '/readyz']) {
    app.get(path, (context) => {
      const health = buildHealth(deps.ports.engines(), deps.facts.startedAtMs, deps.clock.now());
      return context.json(health, health.ok ? 200 : 503);
    });
  }

  app.route('/assets', createAssets());
  app.get('/', async (context) => {
    if (!auth.allows(context)) return askForToken(context);
    const [status, board] = await Promise.all([source.current(), jobs.current()]);
    return context.html(await statusPage(status, board, deps.token !== null));
  });
  for (const path of ['/status', '/admin', '/qr']) app.get(path, (context) => context.redirect('/'));

  // A plain form on purpose: signing in works without script. Browsers send Origin with it, and the guard checks that.
  app.post('/login', bodyLimit({ maxSize: LOGIN_BODY_MAX_BYTES }), async (context) => {
    const body = await context.req.parseBody();
    const next = pathOf(body.next);
    const { token } = body;
    if (typeof token === 'string' && auth.signIn(context, token)) return context.redirect(next, 303);
    return context.html(await loginPage({ refused: true, next }), 401);
  });

  app.route('/', createDashboard({ queue: deps.ports.queue, auth }));
  app.get('/coverage/', (context) => context.redirect('/coverage'));
  app.route('/coverage', createCoveragePages(coverage, auth));
  app.route('/exports', createExportRoutes(deps.ports.exports, deps.clock));
  app.use('/api/*', auth.required);
  app.route('/api', createApi(deps.ports, { status: source, jobs, coverage }));
  const close = () => {
    source.close();
    jobs.close();
  };
  return { app, status: source, close };
}

/** Also for whoever mounts the console beside other routes: a mounted app does not bring its own. */
export function routeNotFound(): Response {
  const error = new TandemError('ROUTE_NOT_FOUND');
  return Response.json({ error: toErrorBody(error) }, { status: error.httpStatus });
}
