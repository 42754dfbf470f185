import { Hono } from 'hono';
import QRCode from 'qrcode';
import { z } from 'zod';
import { engineNameSchema } from '#engines/contract/capability.ts';
import { requireConsoleHeader } from '../auth.ts';
import type { ConsolePorts } from '../ports.ts';
import type { CoverageSource } from '../view/build-coverage.ts';
import type { JobsSource } from '../view/jobs-source.ts';
import type { StatusSource } from '../view/status-source.ts';
import { parseBody, smallBody } from './body.ts';
import { statusEvents } from './events.ts';
import { createCoverageRoutes, createHistoryRoutes } from './history.ts';
import { createJobRoutes } from './jobs.ts';

const linkBody = z.strictObject({
  engine: engineNameSchema.optional(),
  phone: z.string().max(40).optional(),
});

const logoutBody = z.strictObject({ engine: engineNameSchema.optional(), confirm: z.literal(true) });

/** Pixels a module: a picture of some 400 pixels, sharp on any screen. */
const QR_SCALE = 6;

export interface Sources {
  readonly status: StatusSource;
  readonly jobs: JobsSource;
  readonly coverage: CoverageSource;
}

export function createApi(ports: ConsolePorts, sources: Sources): Hono {
  const api = new Hono();

  api.get('/status', async (context) => context.json(await sources.status.current()));
  api.get('/events', (context) => statusEvents(context, sources));
  api.get('/diagnostics', async (context) =>
    context.json(await ports.diagnostics({ bundle: context.req.query('bundle') === '1' })),
  );

  api.get('/qr', async (context) => {
    const wanted = context.req.query('engine');
    const offer = ports
      .engines()
      .filter((view) => wanted === undefined || view.engine === wanted)
      .map((view) => view.status?.offer)
      .find((found) => found?.method === 'qr');
    if (offer?.method !== 'qr') return context.body(null, 204);
    const picture = await QRCode.toBuffer(offer.text, { errorCorrectionLevel: 'L', scale: QR_SCALE });
    context.header('content-type', 'image/png');
    return context.body(new Uint8Array(picture));
  });

  api.post('/link', requireConsoleHeader, smallBody, async (context) => {
    const body = parseBody(linkBody, await context.req.text());
    const reply = await ports.link({ engine: body.engine ?? null, phone: body.phone ?? null });
    return context.json({
      state: reply.offer === null ? 'linked' : 'offered',
      engine: reply.engine,
      method: reply.offer,
      code_refused: reply.codeRefused,
    });
  });

  api.post('/logout', requireConsoleHeader, smallBody, async (context) => {
    const body = parseBody(logoutBody, await context.req.text());
    const engines = await ports.logout(body.engine ?? null);
    return context.json({
      messages_kept: true,
      engines: engines.map((reply) => ({
        engine: reply.engine,
        was_linked: reply.wasLinked,
        unlinked_on_server: reply.unlinkedOnServer,
        session_deleted: reply.sessionDeleted,
      })),
    });
  });

  api.route('/jobs', createJobRoutes(ports));
  api.route('/history', createHistoryRoutes(ports));
  api.route('/coverage', createCoverageRoutes(sources.coverage));
  return api;
}
