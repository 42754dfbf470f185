import './quiet-console.ts';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import webjs from 'whatsapp-web.js';
import { removeBrowserSocket } from '#kernel/browser-socket.ts';
import { until } from '#kernel/testing/until.ts';

/** Where a bare whatsapp-web.js finds its page. The `web` part of a `Simulator` is one. */
export type WebTarget = { readonly args: readonly string[] };

export type WebjsEvent = { readonly name: string; readonly args: readonly unknown[] };

/** An unmodified whatsapp-web.js in a browser of its own, with its events on record. */
export type WebjsClient = {
  readonly client: webjs.Client;
  /** The folder that holds the browser profile. */
  readonly dataPath: string;
  readonly events: (name: string) => readonly WebjsEvent[];
  readonly ready: () => Promise<void>;
  /** Closes the browser; the profile stays unless `forget` says otherwise. */
  readonly end: (options?: { readonly keepProfile?: boolean }) => Promise<void>;
};

export type WebjsOptions = {
  /** A profile to go on with; a fresh one when absent. */
  readonly dataPath?: string;
  /** Any other option of the library. */
  readonly client?: Partial<webjs.ClientOptions>;
};

const PROTOCOL_TIMEOUT_MS = 20_000;
const EVENTS = [
  'qr',
  'code',
  'loading_screen',
  'authenticated',
  'auth_failure',
  'ready',
  'message',
  'message_create',
  'message_ack',
  'message_edit',
  'message_revoke_everyone',
  'message_revoke_me',
  'message_reaction',
  'message_ciphertext',
  'vote_update',
  'unread_count',
  'chat_removed',
  'chat_archived',
  'group_join',
  'group_leave',
  'group_update',
  'group_admin_changed',
  'change_state',
  'disconnected',
] as const;

/** The browser to test with; null when there is none. */
export const browserPath = (): string | null => {
  const named = process.env.TANDEM_WEBJS_EXECUTABLE;
  const path = named === undefined || named === '' ? '/usr/bin/chromium' : named;
  return existsSync(path) ? path : null;
};

/** Starts a browser and lets the library take the simulator for WhatsApp. Resolves when it shows a QR or goes on. */
export const startWebjs = async (target: WebTarget, options: WebjsOptions = {}): Promise<WebjsClient> => {
  const executablePath = browserPath();
  if (executablePath === null) throw new Error('there is no browser; name one in TANDEM_WEBJS_EXECUTABLE');
  const dataPath = options.dataPath ?? (await mkdtemp(join(tmpdir(), 'tandem-webjs-')));
  const client = new webjs.Client({
    authStrategy: new webjs.LocalAuth({ dataPath }),
    webVersionCache: { type: 'none' },
    puppeteer: {
      executablePath,
      headless: true,
      pipe: true,
      protocolTimeout: PROTOCOL_TIMEOUT_MS,
      args: [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), ...target.args],
    },
    ...options.client,
  });
  const record: WebjsEvent[] = [];
  for (const name of EVENTS) {
    client.on(name, (...args: unknown[]) => record.push({ name, args }));
  }

  const events = (name: string): readonly WebjsEvent[] => record.filter((event) => event.name === name);

  const end: WebjsClient['end'] = async ({ keepProfile = false } = {}) => {
    await client.destroy().catch(() => undefined);
    removeBrowserSocket(join(dataPath, 'session'));
    if (!keepProfile) await rm(dataPath, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    await client.initialize();
  } catch (error) {
    await end({ keepProfile: options.dataPath !== undefined });
    throw error;
  }
  return {
    client,
    dataPath,
    events,
    ready: async () => {
      await until(() => events('ready').length > 0, 'ready');
    },
    end,
  };
};

/** Links a new browser by QR, as a person with the phone in hand does, and returns it ready. */
export const linkWebjs = async (
  simulator: {
    readonly web: WebTarget;
    readonly phone: { readonly scanQr: (text: string) => Promise<string> };
  },
  options: WebjsOptions = {},
): Promise<WebjsClient> => {
  const browser = await startWebjs(simulator.web, options);
  try {
    const qr = await until(() => browser.events('qr').at(-1)?.args[0], 'QR');
    const result = await simulator.phone.scanQr(String(qr));
    if (result !== 'linked') throw new Error(`the phone says ${result}`);
    await browser.ready();
    return browser;
  } catch (error) {
    await browser.end();
    throw error;
  }
};
