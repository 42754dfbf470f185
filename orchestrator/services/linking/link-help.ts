import { TandemError } from '#kernel/errors.ts';
import type { RouterPort, SendingPort } from '../ports.ts';

/** Adds to "not linked" where the QR code can be seen, so that the reader can pass it on at once. */
async function withLinkHelp<T>(pageUrl: () => string, action: Promise<T>): Promise<T> {
  try {
    return await action;
  } catch (thrown) {
    if (!(thrown instanceof TandemError) || thrown.code !== 'NOT_AUTHENTICATED') throw thrown;
    throw new TandemError('NOT_AUTHENTICATED', {
      message: thrown.message,
      details: { ...thrown.details, qr_url: pageUrl() },
      cause: thrown.cause,
      ...(thrown.engine === null ? {} : { engine: thrown.engine }),
    });
  }
}

export function routerWithLinkHelp(router: RouterPort, pageUrl: () => string): RouterPort {
  return {
    call: (capability, input, options) => withLinkHelp(pageUrl, router.call(capability, input, options)),
    routes: () => router.routes(),
    health: (engine) => router.health(engine),
  };
}

export function sendingWithLinkHelp(sending: SendingPort, pageUrl: () => string): SendingPort {
  return {
    sendText: (request, signal) => withLinkHelp(pageUrl, sending.sendText(request, signal)),
    forward: (request, signal) => withLinkHelp(pageUrl, sending.forward(request, signal)),
  };
}
