import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import QRCode from 'qrcode';
import { z } from 'zod';
import { engineNameSchema } from '#engines/contract/capability.ts';
import { TandemError, validationError } from '#kernel/errors.ts';
import { requireConsoleHeader } from '../auth.ts';
import type { ConsolePorts } from '../ports.ts';
import type { StatusSource } from '../view/status-source.ts';
import { statusEvents } from './events.ts';

const linkBody = z.strictObject({
  engine: engineNameSchema.optional(),
  phone: z.string().max(40).optional(),
});

const logoutBody = z.strictObject({ engine: engineNameSchema.optional(), confirm: z.literal(true) });

/** The bodies of these routes are a few dozen bytes. */
const BODY_MAX_BYTES = 4_096;

/** Pixels a module: a picture of some 400 pixels, sharp on any screen. */
const QR_SCALE = 6;

export function createApi(ports: ConsolePorts, source: StatusSource): Hono {
  const api = new Hono();
  const limit = bodyLimit({
    maxSize: BODY_MAX_BYTES,
    onError: () => {
      throw new TandemError('VALIDATION_ERROR', { details: { max_bytes: BODY_MAX_BYTES } });
    },
  });

  api.get('/status', async (context) => context.json(await source.current()));
  api.get('/events', (context) => statusEvents(context, source));
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

  api.post('/link', requireConsoleHeader, limit, async (context) => {
    const body = parseBody(linkBody, await context.req.text());
    const reply = await ports.link({ engine: body.engine ?? null, phone: body.phone ?? null });
    return context.json({
      state: reply.offer === null ? 'linked' : 'offered',
      engine: reply.engine,
      method: reply.offer,
      code_refused: reply.codeRefused,
    });
  });

  api.post('/logout', requireConsoleHeader, limit, async (context) => {
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

  return api;
}

function parseBody<T extends z.ZodType>(schema: T, text: string): z.output<T> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new TandemError('VALIDATION_ERROR', { message: 'The body is not JSON.', cause });
  }
  const parsed = schema.safeParse(json);
  if (!parsed.success) throw validationError(parsed.error);
  return parsed.data;
}
