import type { Page as PuppeteerPage } from 'puppeteer';
import type { Client } from 'whatsapp-web.js';
import { TandemError } from '#kernel/errors.ts';
import type { CallOptions, Page } from './page.ts';
import { classOf, isChanged, isGone, isNoAnswer } from './page-errors.ts';

/** The page that is ready now. */
export interface OpenPage {
  readonly client: Client;
  readonly page: PuppeteerPage;
  /** Aborted when the page goes away. */
  readonly gone: AbortSignal;
  /** Something took too long, or the page seems to be gone: look at it. */
  suspect(): void;
}

export interface PageCallsDeps {
  /** Throws ENGINE_STARTING, NOT_AUTHENTICATED, NOT_CONNECTED. */
  readonly open: () => OpenPage;
  readonly callTimeoutMs: number;
}

export function createPage({ open, callTimeoutMs }: PageCallsDeps): Page {
  async function bounded<T>(
    name: string,
    act: (opened: OpenPage) => Promise<T>,
    { deadlineMs = callTimeoutMs, signal }: CallOptions = {},
  ): Promise<T> {
    const opened = open();
    signal?.throwIfAborted();
    const { promise: cut, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      opened.suspect();
      reject(new TandemError('ENGINE_TIMEOUT', { engine: 'webjs', details: { call: name, deadlineMs } }));
    }, deadlineMs);
    const onGone = () => reject(lost(name));
    const onAbort = () => reject(signal?.reason);
    opened.gone.addEventListener('abort', onGone, { once: true });
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      if (opened.gone.aborted) throw lost(name);
      return await Promise.race([act(opened), cut]);
    } catch (thrown) {
      if (thrown instanceof TandemError || (signal?.aborted && thrown === signal.reason)) throw thrown;
      if (opened.gone.aborted || isGone(thrown) || isNoAnswer(thrown)) {
        opened.suspect();
        throw lost(name, thrown);
      }
      throw new TandemError('WHATSAPP_API_ERROR', {
        engine: 'webjs',
        details: {
          call: name,
          reason: isChanged(thrown) ? 'page-changed' : 'page-error',
          error: classOf(thrown),
        },
        cause: thrown,
      });
    } finally {
      clearTimeout(timer);
      opened.gone.removeEventListener('abort', onGone);
      signal?.removeEventListener('abort', onAbort);
    }
  }

  return {
    call: (name, fn, args, options) =>
      bounded(name, async ({ page }) => (await page.evaluate(fn as never, ...args)) as never, options),
    run: (name, act, options) => bounded(name, ({ client }) => act(client), options),
    client: () => open().client,
  };
}

function lost(call: string, cause?: unknown): TandemError {
  return new TandemError('CONNECTION_LOST', { engine: 'webjs', details: { call }, cause });
}
