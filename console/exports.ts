import { Readable } from 'node:stream';
import { Hono } from 'hono';
import { type Clock, nowSeconds } from '#kernel/clock.ts';
import { TandemError } from '#kernel/errors.ts';
import type { ConsolePorts } from './ports.ts';

/**
 * Downloads of exports. The signature in the link stands in for the login, so that a link can be opened by whoever the assistant
 * gave it to, for as long as it holds. Errors: EXPORT_NOT_FOUND for every wrong link, EXPORT_LINK_EXPIRED for an old one.
 */
export function createExportRoutes(exports: ConsolePorts['exports'], clock: Clock): Hono {
  return new Hono().get('/:id', async (context) => {
    const id = context.req.param('id');
    const expires = context.req.query('expires') ?? '';
    const sig = context.req.query('sig') ?? '';
    if (!exports.verify(id, { expires, sig })) {
      const isOld = /^\d{1,12}$/.test(expires) && Number(expires) <= nowSeconds(clock);
      throw new TandemError(isOld ? 'EXPORT_LINK_EXPIRED' : 'EXPORT_NOT_FOUND');
    }
    const { stream, filename, mime, bytes } = await exports.open(id);
    context.header('content-type', mime);
    context.header('content-length', String(bytes));
    context.header('content-disposition', `attachment; filename="${filename}"`);
    if (context.req.method === 'HEAD') {
      stream.destroy();
      return context.body(null);
    }
    return context.body(Readable.toWeb(stream) as ReadableStream);
  });
}
