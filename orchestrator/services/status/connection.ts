import type { EngineName } from '#engines/contract/capability.ts';
import { reasonTexts } from '#engines/contract/state.ts';
import { type ErrorBody, toErrorBody, toTandemError } from '#kernel/errors.ts';
import { MILLISECONDS_PER_SECOND } from '#kernel/limits.ts';
import type { ServiceContext } from '../context.ts';
import { isLinked } from '../linking/choose-engine.ts';
import type { EngineView } from '../ports.ts';
import { optionalName } from '../present/message.ts';
import { compact, type Reply } from '../reply.ts';
import { type ConnectionState, connectionState, isAvailable, isPermanent } from './engine-state.ts';

export interface EngineConnection {
  readonly engine: EngineName;
  readonly state: ConnectionState;
  readonly level: string;
  readonly reason?: string;
  /** What a person should do, when something is to be done. */
  readonly action?: string;
  readonly own_jid?: string;
  readonly own_lid?: string;
  readonly own_name?: string;
  readonly uptime_s?: number;
  readonly probe?: { readonly ok: boolean; readonly round_trip_ms?: number; readonly error?: ErrorBody };
  readonly reconnecting: boolean;
  readonly reconnect_attempts: number;
  readonly next_attempt_at?: string;
  readonly last_disconnect?: {
    readonly code?: number;
    readonly reason: string;
    readonly time: string;
    /** True when the engine does not come back by itself: somebody has to do something. */
    readonly permanent: boolean;
  };
  /** Failed calls and lost connections. */
  readonly errors_last_5_min: number;
  readonly last_error?: ErrorBody;
}

export interface ConnectionStatus {
  /** At least one engine is linked. */
  readonly authenticated: boolean;
  /** At least one engine can serve a request now. */
  readonly ready: boolean;
  readonly usable_for: string[];
  readonly engines: EngineConnection[];
  readonly store: {
    readonly chats: number;
    readonly messages: number;
    readonly unread: number;
    readonly newest_message?: string;
  };
  readonly sending: 'on' | 'off';
  /** True when another server stands in for WhatsApp. */
  readonly test_server: boolean;
  readonly next_step?: string;
}

/** One honest answer to "can I use WhatsApp now?". A dead engine is data, never an error. */
export function createConnectionStatus(context: ServiceContext) {
  const { fleet, router, history, times, clock, config, trouble } = context;

  const probe = async (
    view: EngineView,
    signal?: AbortSignal,
  ): Promise<NonNullable<EngineConnection['probe']>> => {
    try {
      const options = signal === undefined ? {} : { signal };
      const { output } = await router.call('session.probe', {}, { engine: view.engine, ...options });
      return { ok: true, round_trip_ms: Math.round(output.roundTripMs) };
    } catch (thrown) {
      return { ok: false, error: toErrorBody(toTandemError(thrown)) };
    }
  };

  const describe = async (view: EngineView, verify: boolean, signal?: AbortSignal) => {
    const { engine, status } = view;
    const canProbe = isAvailable(view) && (status?.capabilities.includes('session.probe') ?? false);
    const probed = verify && canProbe ? await probe(view, signal) : undefined;
    const troubled = status !== null && status.reason !== 'none';
    return compact({
      engine,
      state: connectionState(view),
      level: status?.level ?? 'unknown',
      reason: troubled ? reasonTexts[status.reason].means : undefined,
      action: troubled ? reasonTexts[status.reason].action : undefined,
      own_jid: status?.account?.pn ?? undefined,
      own_lid: status?.account?.lid ?? undefined,
      own_name: optionalName(status?.account?.pushName ?? null),
      uptime_s:
        status?.connectedSinceMs == null
          ? undefined
          : Math.max(0, Math.floor((clock.now() - status.connectedSinceMs) / MILLISECONDS_PER_SECOND)),
      probe: probed,
      reconnecting: status?.level === 'recovering' || status?.level === 'connecting',
      reconnect_attempts: status?.reconnectAttempts ?? 0,
      next_attempt_at: status?.nextAttemptAtMs == null ? undefined : times.isoMs(status.nextAttemptAtMs),
      last_disconnect: presentDisconnect(view),
      errors_last_5_min: trouble.recent(engine),
      last_error: view.error ?? status?.lastError ?? undefined,
    }) satisfies EngineConnection;
  };

  const presentDisconnect = ({ status }: EngineView): EngineConnection['last_disconnect'] => {
    const last = status?.lastDisconnect ?? null;
    if (last === null) return undefined;
    return compact({
      code: last.code ?? undefined,
      reason: reasonTexts[last.reason].means,
      time: times.isoMs(last.atMs),
      permanent: isPermanent(last.reason),
    });
  };

  return async (
    request: { readonly verify: boolean },
    signal?: AbortSignal,
  ): Promise<Reply<ConnectionStatus>> => {
    const views = fleet.engines();
    const [engines, overview] = await Promise.all([
      Promise.all(views.map((view) => describe(view, request.verify, signal))),
      history.overview(),
    ]);
    const authenticated = views.some(isLinked);
    const ready = engines.some(({ state, probe: probed }) => state === 'connected' && probed?.ok !== false);
    const usable = ['reading_stored_messages', 'searching'];
    if (ready) usable.push('live_lookups', 'downloading_media', 'marking_read');
    if (ready && config.sending) usable.push('sending');
    return {
      data: compact({
        authenticated,
        ready,
        usable_for: usable,
        engines,
        store: compact({
          chats: overview.chats,
          messages: overview.messages,
          unread: overview.unread,
          newest_message: overview.newestMessageAt === null ? undefined : times.iso(overview.newestMessageAt),
        }),
        sending: config.sending ? ('on' as const) : ('off' as const),
        test_server: config.testServer !== null || views.some(({ status }) => status?.testServer === true),
        next_step: authenticated
          ? undefined
          : 'No account is linked: call authenticate, or open the status page.',
      }),
      summary: ready ? 'Connected.' : authenticated ? 'Linked, not connected now.' : 'Not linked.',
    };
  };
}
