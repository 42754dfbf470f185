import { createHash, X509Certificate } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { ME } from '../account/model.ts';
import { trackSockets } from '../raw-sockets.ts';
import { createCertificate } from '../wire/media/certificate.ts';
import type { LinkResult } from '../wire/pairing/linking.ts';
import type { PageLink, WebCore, WebDeps } from './contract.ts';
import { createWebDevices } from './devices.ts';
import { createWebFaultState } from './fault-state.ts';
import { createWebFaults, type WebFaults } from './faults.ts';
import { followAccount } from './live.ts';
import { createPageLog, type PageLog } from './log.ts';
import { createMethods } from './methods/table.ts';
import { createPageFiles } from './page-files.ts';
import { createWebPairing } from './pairing.ts';
import { pageMessage } from './projection/messages.ts';
import { createSessions } from './sessions.ts';

/**
 * The account as a WhatsApp Web page, for the unmodified whatsapp-web.js in a real Chromium.
 *
 * How it hangs together: the browser loads `/` and every module in `page/`; the page holds one WebSocket to here,
 * calls methods (`methods/`, each call is logged under its name) and hears events (`live.ts`). What the page's
 * models hold is made by `projection/`; ids leave as `…@c.us`, and `toJid` brings them back.
 *
 * To add something: put a file into `page/` that calls `define('WAWeb…', () => exports)`; it is served without
 * being listed anywhere. `import { call } from './link.js'` reaches the server: `await call('name', params)`. Put the
 * other end into a file in `methods/` as `createXMethods(core): PageMethods` and add it to `methods/table.ts`. Events
 * to the page: `link.tell('name', data)` here, `onEvent('name', handler)` there. Refuse with `PageRefusal`.
 * Inside the page ask `requireModule('WAWebMsgKey').newId()` for ids at every call: clients replace it.
 */
export type SimulatorWeb = {
  /** `https://127.0.0.1:45123`; a browser gets there as https://web.whatsapp.com by `args`. */
  readonly url: string;
  /** Chromium arguments that lead web.whatsapp.com here, and everything else nowhere. */
  readonly args: readonly string[];
  readonly log: PageLog;
  readonly faults: WebFaults;
  /** The open pages of linked browsers. */
  readonly pages: () => readonly PageLink[];
  /** Null: no page showed this. */
  readonly scanQr: (text: string) => LinkResult | null;
  readonly enterCode: (code: string) => LinkResult | null;
  readonly close: () => Promise<void>;
};

const LOOPBACK = '127.0.0.1';
const HOSTS = ['web.whatsapp.com', LOOPBACK, 'localhost'] as const;
// The real page shows a new QR code about as often.
const REF_MS = 20_000;

export const createWebServer = async (deps: WebDeps & { readonly port?: number }): Promise<SimulatorWeb> => {
  const { account, media } = deps;
  const faultState = createWebFaultState();
  const log = createPageLog();
  const devices = createWebDevices(deps);
  const pairing = createWebPairing({
    ownPn: account.person(ME).pn ?? '',
    link: devices.link,
    refMs: () => REF_MS,
  });
  const content = { account, describeMedia: media.describe };
  const core: WebCore = {
    ...deps,
    log,
    faults: faultState,
    links: () => sessions.links(),
    message: (message) => pageMessage(message, content),
    unlink: devices.remove,
  };
  const methods = createMethods(core);
  const sessions = createSessions({ core, devices, pairing, methods: () => methods });
  const stopFollowing = followAccount(core);
  devices.onRemoved(sessions.logOut);
  const files = createPageFiles(faultState);

  const certificate = createCertificate(HOSTS, Date.now());
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    const { refusal } = faultState;
    if (refusal === 'reset') request.socket.destroy();
    else if (refusal !== null) response.writeHead(refusal).end();
    else files.serve(request, response);
  };
  const server = createServer({ key: certificate.keyPem, cert: certificate.certPem }, handle);
  const raw = trackSockets(server);
  const sockets = new WebSocketServer({
    server,
    perMessageDeflate: false,
    verifyClient: () => faultState.refusal === null,
  });
  sockets.on('connection', sessions.accept);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(deps.port ?? 0, LOOPBACK, resolve);
  });
  const { port } = server.address() as AddressInfo;
  const spki = new X509Certificate(certificate.certPem).publicKey.export({ type: 'spki', format: 'der' });
  const pin = createHash('sha256').update(spki).digest('base64');

  return {
    url: `https://${LOOPBACK}:${port}`,
    args: [
      `--host-resolver-rules=MAP web.whatsapp.com ${LOOPBACK}:${port}, MAP * ~NOTFOUND, EXCLUDE ${LOOPBACK}`,
      `--ignore-certificate-errors-spki-list=${pin}`,
    ],
    log,
    faults: createWebFaults({ core, state: faultState, pairing }),
    pages: () => sessions.links().filter((link) => link.isOpen()),
    scanQr: pairing.scanQr,
    enterCode: pairing.enterCode,
    close: () =>
      new Promise((resolve) => {
        stopFollowing();
        devices.close();
        for (const socket of sockets.clients) socket.terminate();
        sockets.close(() => {
          server.close(() => resolve());
          raw.destroyAll();
        });
        server.closeAllConnections();
      }),
  };
};
