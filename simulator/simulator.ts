import { openScratchFolder } from '#kernel/scratch-folder.ts';
import { type Account, createAccount } from './account/account.ts';
import { createDeliveryLog, type DeliveryLog } from './account/deliveries.ts';
import { createHistoryRequests, type HistoryRequests } from './account/history-requests.ts';
import type { AccountShape, World } from './account/model.ts';
import { createOracle, type Oracle } from './account/oracle.ts';
import { createRealWorld } from './account/world.ts';
import { startControl } from './control.ts';
import type { Faults } from './faults.ts';
import { createReadMarks, type ReadMarksOracle } from './read-marks.ts';
import { createWebServer, type SimulatorWeb } from './web/server.ts';
import { createAppState } from './wire/app-state/module.ts';
import type { WireLog } from './wire/contract.ts';
import { createMediaHost, type SimMediaHost } from './wire/media/media-host.ts';
import { createMediaRetry } from './wire/media/media-retry.ts';
import type { LinkResult } from './wire/pairing/linking.ts';
import { createQueries } from './wire/queries/module.ts';
import { createWire, type Wire } from './wire/wire.ts';

export type SimulatorOptions = {
  readonly shape: AccountShape;
  /** Real time and random ids when not given. */
  readonly world?: World;
  /** WebSocket port; 0 or nothing: any free one. */
  readonly port?: number;
  /** Port of the control API; 0 or nothing: any free one. */
  readonly controlPort?: number;
  readonly log?: WireLog;
};

/** A WhatsApp account in a box, served over the real protocol on loopback. */
export type Simulator = {
  readonly waUrl: string;
  /** Hex of the 32-byte Noise root key that clients must trust. */
  readonly rootKeyHex: string;
  readonly mediaUrl: string;
  /** PEM to trust for the media host, for `NODE_EXTRA_CA_CERTS`. */
  readonly caFile: string;
  /** `http://127.0.0.1:45123`, see control. */
  readonly controlUrl: string;
  readonly account: Account;
  readonly oracle: Oracle;
  /** Which messages each device (by number, as text) has been handed. */
  readonly deliveries: DeliveryLog;
  /** Every request for older messages, of both kinds of clients, and what became of it. */
  readonly historyRequests: HistoryRequests;
  /** What was told about reading, chat by chat, and what is still unread. */
  readonly readMarks: ReadMarksOracle;
  readonly phone: Wire['phone'];
  readonly wire: Wire;
  /** The same account as a WhatsApp Web page. */
  readonly web: SimulatorWeb;
  readonly media: SimMediaHost;
  readonly faults: Faults;
  readonly close: () => Promise<void>;
};

const silent: WireLog = () => undefined;

/** A page may have asked for a code, or a companion; the one whose code it is gets in. */
const enterCode = async (web: SimulatorWeb, wire: Wire, code: string): Promise<LinkResult> => {
  const answer = web.enterCode(code);
  if (answer === 'linked') return answer;
  const result = await wire.phone.enterCode(code);
  return result === 'no-request' ? (answer ?? result) : result;
};

export const createSimulator = async (options: SimulatorOptions): Promise<Simulator> => {
  const account = createAccount(options.shape, options.world ?? createRealWorld());
  const deliveries = createDeliveryLog();
  const historyRequests = createHistoryRequests();
  const scratch = await openScratchFolder('tandem-simulator-');
  const media = await createMediaHost({ account, dir: scratch.dir });
  const wire = await createWire({
    account,
    media,
    deliveries,
    historyRequests,
    port: options.port ?? 0,
    log: options.log ?? silent,
    createModules: ({ hub, appStateKey, phone }) => [
      createQueries({ account, hub, mediaUrl: () => media.url }),
      createAppState({ account, hub, media, key: appStateKey }),
      createMediaRetry({ account, hub, media, phone }),
    ],
  });
  const web = await createWebServer({ account, deliveries, historyRequests, media, wire });
  const simulator = {
    waUrl: wire.url,
    rootKeyHex: Buffer.from(wire.rootPublicKey).toString('hex'),
    mediaUrl: media.url,
    caFile: media.caFile,
    account,
    oracle: createOracle(account),
    deliveries,
    historyRequests,
    readMarks: createReadMarks(account, wire.readReceipts),
    phone: {
      ...wire.phone,
      // Each side knows the codes it has shown, whatever they look like.
      scanQr: async (text: string) => web.scanQr(text) ?? wire.phone.scanQr(text),
      enterCode: async (code: string) => enterCode(web, wire, code),
    },
    wire,
    web,
    media,
    faults: wire.faults,
  };
  const control = await startControl(simulator, options.controlPort);
  return {
    ...simulator,
    controlUrl: control.url,
    close: async () => {
      await control.close();
      await web.close();
      await wire.close();
      await media.close();
      await scratch.remove();
    },
  };
};
