import type { Browser, Page } from 'puppeteer';
import whatsapp, { type Client, type ClientOptions } from 'whatsapp-web.js';
import { restoreKeysInLibrary, restoreKeysInPage } from './message-key.ts';
import { isGone } from './page-errors.ts';

export interface ClientHooks {
  /** The browser runs; the page of WhatsApp is not loaded yet. */
  readonly onLaunched: (browser: Browser, page: Page) => void | Promise<void>;
  /** A new document is being prepared: the first, or after a reload. */
  readonly onDocument: () => void;
  /** What the library put into a later document, or hears of it, could not be put there. */
  readonly onBroken: (error: unknown) => void;
}

export interface ClientSettings {
  readonly engineDir: string;
  readonly launch: ReturnType<typeof import('./browser.ts').launchOptions>;
  /** How long the page may take to say which version it is. */
  readonly versionTimeoutMs: number;
}

/** Parts of the library that its types leave out. */
interface Internals {
  inject(): Promise<void>;
  attachEventListeners(): Promise<void>;
  destroy(): Promise<void>;
}

/** A document that loads itself anew while it is being prepared is prepared again so often. */
const PREPARE_TRIES = 3;

/**
 * A client of the library that leaves decisions to its owner: it neither closes the browser nor deletes the profile by
 * itself, prepares each document once however often its frames navigate, and lets no rejection escape.
 */
export function createClient(settings: ClientSettings, hooks: ClientHooks): Client {
  restoreKeysInLibrary();
  const strategy = new whatsapp.LocalAuth({ dataPath: settings.engineDir });
  const options = {
    authStrategy: strategy,
    puppeteer: settings.launch,
    // A kept copy of the page is older than what the server expects.
    webVersionCache: { type: 'none' },
    authTimeoutMs: settings.versionTimeoutMs,
    // Otherwise the library sets an old one, without the brands that go with it.
    userAgent: false,
  };
  const client = new whatsapp.Client(options as unknown as ClientOptions);
  const internals = client as unknown as Internals;
  const inject = internals.inject.bind(client);
  const attach = internals.attachEventListeners.bind(client);
  let attached: Promise<void> | null = null;
  let starting = true;

  // The library calls it after a log-out, while the browser still writes there.
  strategy.logout = async () => undefined;
  strategy.afterBrowserInitialized = async () => {
    const { pupBrowser, pupPage } = client;
    if (starting && pupBrowser && pupPage) await hooks.onLaunched(pupBrowser, pupPage);
  };
  internals.destroy = async () => undefined;

  internals.inject = async () => {
    const first = starting;
    try {
      await prepare();
    } catch (error) {
      if (first) throw error;
      hooks.onBroken(error);
    }
  };

  // Two changes of `hasSynced` in a row would have it listen twice, and every message would come twice.
  internals.attachEventListeners = () => {
    attached ??= listen();
    return attached;
  };

  async function listen(): Promise<void> {
    try {
      if (client.pupPage) await restoreKeysInPage(client.pupPage);
      await attach();
    } catch (error) {
      hooks.onBroken(error);
      throw error;
    }
  }

  async function prepare(): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      try {
        if (client.pupPage && !(await isNewDocument(client.pupPage))) return;
        attached = null;
        hooks.onDocument();
        await inject();
        return;
      } catch (error) {
        if (tries >= PREPARE_TRIES || !isReplaced(error)) throw error;
      }
    }
  }

  const initialize = client.initialize.bind(client);
  client.initialize = async () => {
    try {
      await initialize();
    } finally {
      starting = false;
    }
  };
  return client;
}

/** True once for each document, false when only one of its frames has navigated. */
function isNewDocument(page: Page): Promise<boolean> {
  return page.evaluate(() => {
    const marked = globalThis as { preparedForLinkedDevice?: boolean };
    if (marked.preparedForLinkedDevice) return false;
    marked.preparedForLinkedDevice = true;
    return true;
  });
}

/** The document was replaced by the next one; the page itself lives. */
function isReplaced(error: unknown): boolean {
  return isGone(error) && /context|navigat/i.test(error instanceof Error ? error.message : '');
}
