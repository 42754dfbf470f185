import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { launch, type Page, type Viewport } from 'puppeteer';
import { requireBrowser } from '#kernel/browser-path.ts';

/** A page of a real browser that remembers everything it was not happy with. */
export interface Visit {
  readonly page: Page;
  /** Errors and warnings of the console, refused by policy included, failed requests, thrown errors. */
  readonly troubles: readonly string[];
  close(): Promise<void>;
}

export interface Visitor {
  open(url: string, options?: VisitOptions): Promise<Visit>;
  close(): Promise<void>;
}

export interface VisitOptions extends Partial<Viewport> {
  readonly dark?: boolean;
  readonly script?: boolean;
}

/** A fresh browser with a profile of its own; `close` ends it and removes the profile. */
export async function startVisitor(): Promise<Visitor> {
  const profile = await mkdtemp(join(tmpdir(), 'tandem-visitor-'));
  const { executable } = requireBrowser({ setting: process.env.TANDEM_WEBJS_EXECUTABLE ?? null });
  const browser = await launch({
    executablePath: executable,
    userDataDir: profile,
    pipe: true,
    args: ['--no-sandbox', '--disable-gpu'],
  });
  return {
    open: async (url, { dark = false, script = true, ...viewport } = {}) => {
      const page = await browser.newPage();
      const troubles: string[] = [];
      page.on('console', (line) => {
        if (line.type() === 'error' || line.type() === 'warn') troubles.push(line.text());
      });
      page.on('pageerror', (error) => troubles.push(String(error)));
      page.on('requestfailed', (request) => {
        const text = request.failure()?.errorText ?? '';
        // Streams end with the page.
        if (text !== 'net::ERR_ABORTED') troubles.push(`${request.url()} ${text}`);
      });
      await page.setJavaScriptEnabled(script);
      await page.setViewport({ width: 1_280, height: 860, ...viewport });
      await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: dark ? 'dark' : 'light' }]);
      await page.goto(url, { waitUntil: 'load' });
      return { page, troubles, close: () => page.close() };
    },
    close: async () => {
      await browser.close();
      await rm(profile, { recursive: true, force: true });
    },
  };
}
