import type { EngineName } from '#engines/contract/capability.ts';
import { phoneOfJid } from '#engines/contract/identity.ts';
import { type EngineLevel, isConnected, type LinkOffer } from '#engines/contract/state.ts';
import { type ErrorCode, TandemError, toTandemError } from '#kernel/errors.ts';
import { MILLISECONDS_PER_SECOND } from '#kernel/limits.ts';
import type { ServiceContext } from '../context.ts';
import type { EngineView } from '../ports.ts';
import { compact, type Reply } from '../reply.ts';
import { readPhone } from '../resolve/phone.ts';
import { createLinkAttempts } from './attempts.ts';
import { chosenEngines, type EngineChoice, engineToLink, isLinked } from './choose-engine.ts';
import { watchLinks } from './link-watch.ts';
import { type PublicOffer, presentOffer } from './offer.ts';
import { createQrFiles } from './qr-file.ts';
import { type LinkProgress, waitForLink, waitUntil } from './wait.ts';

export interface AuthenticateRequest {
  readonly phone_number?: string | undefined;
  readonly engine?: EngineChoice | undefined;
  readonly wait_for_link: boolean;
  readonly link_timeout_sec?: number | undefined;
  readonly poll_interval_sec: number;
  readonly force: boolean;
}

export interface LinkState extends Partial<PublicOffer> {
  readonly state: 'linked' | 'code_issued' | 'qr_issued' | 'reconnecting';
  readonly engine: EngineName;
  readonly own_jid?: string;
  /** The QR as a file on the machine of the service; it goes when the engine is linked. */
  readonly qr_file?: string;
  /** Set when a code was asked for and refused, so that a QR code is shown instead. */
  readonly code_refused?: { readonly code: ErrorCode; readonly message: string };
  readonly next_step: string;
}

export interface QrState extends Partial<PublicOffer> {
  readonly engine: EngineName;
  readonly qr_available: boolean;
  readonly state: EngineLevel | 'unreachable';
  readonly next_step: string;
}

const RECONNECT_WAIT_MS = 10_000;
/** A code that is about to run out is of no use to whoever has to type it. */
const OFFER_MIN_REMAINING_MS = 5_000;

export interface Linking {
  authenticate(
    request: AuthenticateRequest,
    signal?: AbortSignal,
    onProgress?: (step: LinkProgress) => void,
  ): Promise<Reply<LinkState>>;
  /** The QR that waits now; no QR is a state and not an error. */
  qrCode(request: { readonly engine?: EngineName | undefined }): Promise<Reply<QrState>>;
}

export function createLinking(context: ServiceContext): Linking {
  const { fleet, router, history, clock, config, times, pageUrl } = context;
  /** Which number the waiting code of an engine was made for; a code for another number must not be shown. */
  const codeFor = new Map<EngineName, string>();
  const attempts = createLinkAttempts(history.rates, clock);
  const qrFiles = createQrFiles(context.dataDir);
  /** What is left to do once an engine is linked. Failing at it harms nobody: both are done again next time. */
  const settle = (engine: EngineName) =>
    Promise.allSettled([attempts.succeeded(engine), qrFiles.remove(engine)]);
  watchLinks(fleet, context.onChange, (engine) => void settle(engine));

  const ownPhone = async () => {
    const own = await history.account.get();
    return own?.pn ? phoneOfJid(own.pn) : null;
  };
  const viewOf = (engine: EngineName): EngineView | undefined =>
    fleet.engines().find((view) => view.engine === engine);

  const waitingOffer = (engine: EngineName, phone: string | null): LinkOffer | null => {
    const offer = viewOf(engine)?.status?.offer ?? null;
    if (offer === null || offer.expiresAtMs - clock.now() < OFFER_MIN_REMAINING_MS) return null;
    if (phone === null) return offer;
    return offer.method === 'code' && codeFor.get(engine) === phone ? offer : null;
  };

  const linked = async (engine: EngineName): Promise<Reply<LinkState>> => {
    await settle(engine);
    const account = viewOf(engine)?.status?.account;
    return {
      data: compact({
        state: 'linked' as const,
        engine,
        own_jid: account?.lid ?? account?.pn ?? undefined,
        next_step: 'The engine is linked. History comes in by itself: see get_sync_status.',
      }),
      meta: { engine },
      summary: 'Linked.',
    };
  };

  /** A code where a number was given, else a QR; a refused code falls back to the QR. Null = linked meanwhile. */
  const askForOffer = async (engine: EngineName, phone: string | null, signal?: AbortSignal) => {
    const options = { engine, ...(signal === undefined ? {} : { signal }) };
    let refused: TandemError | null = null;
    if (phone !== null) {
      try {
        const { output } = await router.call('link.code', { phone }, options);
        if (output.state === 'linked') return null;
        codeFor.set(engine, phone);
        return { offer: output.offer, refused };
      } catch (thrown) {
        refused = toTandemError(thrown);
        if (refused.code !== 'AUTH_PAIRING_FAILED') throw refused;
      }
    }
    try {
      const { output } = await router.call('link.qr', {}, options);
      return output.state === 'linked' ? null : { offer: output.offer, refused };
    } catch (thrown) {
      // Without a QR to fall back to, the refusal itself is what the caller has to know.
      const error = toTandemError(thrown);
      if (refused === null) throw error;
      throw new TandemError('AUTH_PAIRING_FAILED', {
        message: refused.message,
        details: { ...refused.details, qr_error: error.code },
        engine,
        cause: refused,
      });
    }
  };

  return {
    authenticate: async (request, signal, onProgress) => {
      const phone =
        request.phone_number === undefined
          ? null
          : readPhone(request.phone_number, 'phone_number', { strict: true, own: await ownPhone() });
      const { engine, ...view } = engineToLink(fleet, request.engine);
      if (!request.force && view.status !== null && isConnected(view.status.level)) return linked(engine);
      if (!request.force && phone === null && isLinked({ engine, ...view })) {
        const level = () => viewOf(engine)?.status?.level;
        await waitUntil(() => isConnected(level() ?? 'starting'), RECONNECT_WAIT_MS, signal);
        if (isConnected(level() ?? 'starting')) return linked(engine);
        return {
          data: {
            state: 'reconnecting',
            engine,
            next_step:
              'A session exists and the engine is reconnecting by itself: see get_connection_status.',
          },
          meta: { engine },
        };
      }

      let offer = request.force ? null : waitingOffer(engine, phone);
      let refused: TandemError | null = null;
      if (offer === null) {
        await attempts.count(engine);
        const asked = await askForOffer(engine, phone, signal);
        if (asked === null) return linked(engine);
        ({ offer, refused } = asked);
      }
      if (request.wait_for_link) {
        const timeoutMs = (request.link_timeout_sec ?? config.linkTimeoutSeconds) * MILLISECONDS_PER_SECOND;
        const outcome = await waitForLink({
          view: () => viewOf(engine),
          offer,
          timeoutMs,
          reportEveryMs: request.poll_interval_sec * MILLISECONDS_PER_SECOND,
          clock,
          ...(signal === undefined ? {} : { signal }),
          ...(onProgress === undefined ? {} : { onProgress }),
        });
        if (outcome === 'linked') return linked(engine);
        // WhatsApp rotates the QR while it waits: show the newest.
        offer = viewOf(engine)?.status?.offer ?? offer;
      }
      const { fields, images } = await presentOffer(offer, times, pageUrl());
      const [picture] = images;
      const qrFile = picture === undefined ? null : await qrFiles.save(engine, picture.base64);
      return {
        data: compact({
          state: offer.method === 'code' ? ('code_issued' as const) : ('qr_issued' as const),
          engine,
          ...fields,
          qr_file: qrFile ?? undefined,
          code_refused: refused === null ? undefined : { code: refused.code, message: refused.message },
          next_step: nextStep(offer.method),
        }),
        meta: { engine, degraded: refused !== null },
        images,
      };
    },

    qrCode: async (request) => {
      const [given] = chosenEngines(fleet, request.engine);
      const view =
        request.engine === undefined
          ? (fleet.engines().find(({ status }) => status?.offer?.method === 'qr') ?? given)
          : given;
      if (view === undefined) throw new TandemError('NO_HEALTHY_ENGINE');
      const { engine, status } = view;
      const offer = status?.offer ?? null;
      if (offer?.method !== 'qr' || offer.expiresAtMs <= clock.now()) {
        const connected = status !== null && isConnected(status.level);
        return {
          data: {
            engine,
            qr_available: false,
            state: status?.level ?? 'unreachable',
            next_step: connected
              ? 'This engine is linked; no QR code is needed.'
              : 'Call authenticate to start linking, then ask again.',
          },
          summary: connected ? 'Already linked.' : 'There is no QR code now.',
        };
      }
      const { fields, images } = await presentOffer(offer, times, pageUrl());
      return {
        data: compact({
          engine,
          qr_available: true,
          state: status?.level ?? ('linking' as const),
          ...fields,
          next_step: nextStep('qr'),
        }),
        images,
      };
    },
  };
}

function nextStep(method: LinkOffer['method']): string {
  const where =
    method === 'code'
      ? 'On the phone: WhatsApp → Linked devices → Link a device → Link with phone number instead, then type the code.'
      : 'On the phone: WhatsApp → Linked devices → Link a device, then scan the QR code.';
  return `${where} Then call authenticate again with the same arguments and wait_for_link true; as long as this offer is valid no new one is made.`;
}
