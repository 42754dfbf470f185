import './quiet-console.ts';
import { readFileSync } from 'node:fs';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import {
  type AuthenticationState,
  type BaileysEventMap,
  Browsers,
  initAuthCreds,
  makeWASocket,
  type UserFacingSocketConfig,
  WA_CERT_DETAILS,
  type WAMessage,
  type WASocket,
} from '@whiskeysockets/baileys';
import pino from 'pino';
import { until } from '#kernel/testing/until.ts';
import { createMemoryKeys } from '../wire/signal/memory-keys.ts';

/** Where a bare Baileys finds its server. A `Simulator` is one. */
export type WaTarget = {
  readonly waUrl: string;
  readonly rootKeyHex: string;
  readonly mediaUrl: string;
  readonly caFile: string;
};

type Events = { readonly [K in keyof BaileysEventMap]: readonly BaileysEventMap[K][] };

/** An unmodified Baileys with its events on record. */
export type BaileysClient = {
  readonly socket: WASocket;
  readonly auth: AuthenticationState;
  readonly events: <K extends keyof BaileysEventMap>(name: K) => Events[K];
  /** Every message of every upsert and history event, in order of arrival. */
  readonly messages: () => readonly WAMessage[];
  readonly open: () => Promise<void>;
  /** The status code that the connection ended with. */
  readonly closed: () => Promise<number | undefined>;
  readonly end: () => Promise<void>;
};

const HISTORY_HOST = 'mmg.whatsapp.net';

export const createMemoryAuth = (): AuthenticationState => ({
  creds: initAuthCreds(),
  keys: createMemoryKeys(),
});

/** Points this process at the simulator: trusted roots, and the media host that is not configurable. */
export const trust = (target: WaTarget): void => {
  WA_CERT_DETAILS.PUBLIC_KEY = Buffer.from(target.rootKeyHex, 'hex');
  setDefaultCACertificates([...getCACertificates('default'), readFileSync(target.caFile, 'utf8')]);
  const original = globalThis.fetch;
  globalThis.fetch = (input, init) => {
    const address = new URL(input instanceof Request ? input.url : input);
    if (address.hostname !== HISTORY_HOST) return original(input, init);
    return original(new URL(address.pathname + address.search, target.mediaUrl), init);
  };
};

const statusOf = (error: Error | undefined): number | undefined =>
  (error as { readonly output?: { readonly statusCode?: number } } | undefined)?.output?.statusCode;

export const connectBaileys = (
  target: WaTarget,
  auth: AuthenticationState,
  config: Partial<UserFacingSocketConfig> = {},
): BaileysClient => {
  const socket = makeWASocket({
    waWebSocketUrl: target.waUrl,
    auth,
    logger: pino({ level: process.env.SIM_BAILEYS_LOG ?? 'silent' }),
    browser: Browsers.macOS('Desktop'),
    syncFullHistory: true,
    shouldSyncHistoryMessage: () => true,
    markOnlineOnConnect: false,
    appStateMacVerification: { patch: true, snapshot: true },
    ...config,
  });
  const record = new Map<keyof BaileysEventMap, unknown[]>();
  socket.ev.process((batch) => {
    for (const [name, value] of Object.entries(batch)) {
      const list = record.get(name as keyof BaileysEventMap) ?? [];
      list.push(value);
      record.set(name as keyof BaileysEventMap, list);
    }
    if (batch['creds.update']) Object.assign(auth.creds, batch['creds.update']);
  });

  const events = <K extends keyof BaileysEventMap>(name: K): Events[K] =>
    (record.get(name) ?? []) as unknown as Events[K];

  const close = (): BaileysEventMap['connection.update'] | undefined =>
    events('connection.update').find(({ connection }) => connection === 'close');

  return {
    socket,
    auth,
    events,
    messages: () => [
      ...events('messaging-history.set').flatMap(({ messages }) => messages),
      ...events('messages.upsert').flatMap(({ messages }) => messages),
    ],
    open: async () => {
      await until(
        () => events('connection.update').some(({ connection }) => connection === 'open'),
        'open connection',
      );
    },
    closed: async () => statusOf((await until(close, 'closed connection')).lastDisconnect?.error),
    end: async () => {
      if (!close()) await socket.end(undefined);
    },
  };
};

/** Links a new device by QR, as a person with the phone in hand does, and returns it logged in. */
export const linkByQr = async (
  target: WaTarget & { readonly phone: { readonly scanQr: (text: string) => Promise<string> } },
  config: Partial<UserFacingSocketConfig> = {},
): Promise<BaileysClient> => {
  const auth = createMemoryAuth();
  const first = connectBaileys(target, auth, config);
  const qr = await until(() => first.events('connection.update').find((update) => update.qr)?.qr, 'QR');
  const result = await target.phone.scanQr(qr);
  if (result !== 'linked') throw new Error(`the phone says ${result}`);
  await first.closed();
  const client = connectBaileys(target, auth, config);
  await client.open();
  return client;
};
