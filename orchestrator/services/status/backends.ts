import type { Capability, EngineName } from '#engines/contract/capability.ts';
import { reasonTexts } from '#engines/contract/state.ts';
import type { MessageStatistics } from '#history/contracts/history.ts';
import type { Config } from '#kernel/config.ts';
import { type ErrorBody, type ErrorCode, toErrorBody, toTandemError } from '#kernel/errors.ts';
import type { ServiceContext } from '../context.ts';
import { chosenEngines, isLinked } from '../linking/choose-engine.ts';
import type { EngineView, Health, SelfTestResult } from '../ports.ts';
import { compact, type Reply } from '../reply.ts';
import { type ConnectionState, connectionState, isAvailable } from './engine-state.ts';
import { type PublicRecovery, presentRecovery } from './recovery.ts';

export interface BackendRequest {
  readonly engine?: EngineName | undefined;
  readonly include_capabilities: boolean;
  readonly include_routing: boolean;
}

export interface Backend {
  readonly name: EngineName;
  readonly status: Health;
  readonly state: ConnectionState;
  readonly process_up: boolean;
  readonly api_responsive: boolean;
  readonly authenticated: boolean;
  readonly whatsapp_connected: boolean;
  readonly response_ms?: number;
  readonly last_check?: string;
  readonly version?: string;
  readonly pid?: number;
  readonly details?: string;
  /** What a person should do, when something is to be done. */
  readonly action?: string;
  readonly error?: ErrorBody;
  readonly browser?: PublicBrowser;
  /** What it offers and cannot do now. */
  readonly impaired?: { readonly capability: Capability; readonly code: ErrorCode; readonly since: string }[];
  /** Checks of the connection that lives now. */
  readonly self_tests?: PublicSelfTest[];
  /** What is being done to bring it back. */
  readonly recovery?: PublicRecovery;
  /** What it has told; absent while the store cannot be read. */
  readonly history?: Contribution;
  readonly capabilities?: Capability[];
}

export interface PublicBrowser {
  readonly pid?: number;
  readonly version?: string;
  readonly whatsapp_web_version?: string;
  readonly restarts: number;
  readonly executable: string;
  readonly last_page_error?: { readonly name: string; readonly time: string };
}

export interface PublicSelfTest {
  readonly check: SelfTestResult['check'];
  readonly capability: Capability;
  readonly state: SelfTestResult['state'];
  readonly code?: ErrorCode;
  readonly time: string;
}

export interface Contribution {
  /** Messages that it has seen. */
  readonly messages: number;
  /** Those that no other engine has seen. */
  readonly only_here: number;
  readonly shared: number;
  /** When something of it was last stored. */
  readonly last_observation?: string;
}

export interface BackendStatus {
  readonly overall: 'ok' | 'degraded' | 'error';
  readonly available_count: number;
  readonly strategy: Config['routing'];
  /** Capabilities that are asked of one engine first. */
  readonly routes?: Record<string, EngineName>;
  readonly engines: Backend[];
  /** The newest of each engine and kind, newest first. */
  readonly recoveries?: PublicRecovery[];
  /** Messages that more than one engine has seen. */
  readonly shared_messages?: number;
  readonly history_error?: ErrorBody;
  /** Who would be asked for what, first choice first. */
  readonly routing?: {
    readonly operation: Capability;
    readonly engines: EngineName[];
    readonly excluded?: { readonly engine: EngineName; readonly code: ErrorCode }[];
  }[];
}

/** The routing view: which engine is up, what it can do, who would serve what, and what each has told. */
export function createBackendStatus(context: ServiceContext) {
  const { fleet, router, times, history, config, recovery } = context;

  const describe = async (
    view: EngineView,
    statistics: MessageStatistics | null,
    withCapabilities: boolean,
  ): Promise<Backend> => {
    const { engine, status } = view;
    const troubled = status !== null && status.reason !== 'none';
    const impaired = status?.impaired ?? [];
    return compact({
      name: engine,
      status: router.health(engine),
      state: connectionState(view),
      process_up: view.processUp,
      api_responsive: view.reachable,
      authenticated: isLinked(view),
      whatsapp_connected: isAvailable(view),
      response_ms: view.responseMs === null ? undefined : Math.round(view.responseMs),
      last_check: view.checkedAtMs === null ? undefined : times.isoMs(view.checkedAtMs),
      version: status?.version,
      pid: view.processUp ? (status?.pid ?? undefined) : undefined,
      details: troubled ? reasonTexts[status.reason].means : undefined,
      action: troubled ? reasonTexts[status.reason].action : undefined,
      error: view.error ?? status?.lastError ?? undefined,
      browser: presentBrowser(view),
      impaired:
        impaired.length === 0
          ? undefined
          : impaired.map(({ capability, error, sinceMs }) => ({
              capability,
              code: error.code,
              since: times.isoMs(sinceMs),
            })),
      self_tests: view.selfTests.length === 0 ? undefined : view.selfTests.map(presentSelfTest),
      recovery: view.recovery === null ? undefined : presentRecovery(view.recovery, times),
      history: statistics === null ? undefined : await contribution(engine, statistics),
      capabilities: withCapabilities ? [...(status?.capabilities ?? [])] : undefined,
    });
  };

  const presentBrowser = ({ status, processUp }: EngineView): PublicBrowser | undefined => {
    const browser = status?.browser ?? null;
    if (browser === null || !processUp) return undefined;
    const { pid, version, pageVersion, restarts, executable, lastPageError } = browser;
    return compact({
      pid: pid ?? undefined,
      version: version ?? undefined,
      whatsapp_web_version: pageVersion ?? undefined,
      restarts,
      executable,
      last_page_error:
        lastPageError === null
          ? undefined
          : { name: lastPageError.name, time: times.isoMs(lastPageError.atMs) },
    });
  };

  const presentSelfTest = ({ check, capability, state, code, atMs }: SelfTestResult): PublicSelfTest =>
    compact({ check, capability, state, code: code ?? undefined, time: times.isoMs(atMs) });

  const contribution = async (
    engine: EngineName,
    { perEngine }: MessageStatistics,
  ): Promise<Contribution> => {
    const { messages, only } = perEngine.find((one) => one.engine === engine) ?? { messages: 0, only: 0 };
    const last = await history.ingest.lastAt(engine);
    return compact({
      messages,
      only_here: only,
      shared: messages - only,
      last_observation: last === null ? undefined : times.iso(last),
    });
  };

  /** The engines are looked at most when something is broken, which may be the store. */
  const readStatistics = async () => {
    try {
      return { statistics: await history.statistics(), error: undefined };
    } catch (thrown) {
      return { statistics: null, error: toErrorBody(toTandemError(thrown)) };
    }
  };

  return async (request: BackendRequest): Promise<Reply<BackendStatus>> => {
    const views = chosenEngines(fleet, request.engine);
    const { statistics, error } = await readStatistics();
    const engines = await Promise.all(
      views.map((view) => describe(view, statistics, request.include_capabilities)),
    );
    // Whoever looks at one engine still asks whether Tandem works.
    const healths = chosenEngines(fleet, undefined).map((view) => router.health(view.engine));
    const available = healths.filter((one) => one === 'ok' || one === 'degraded').length;
    const allWell = healths.length > 0 && healths.every((one) => one === 'ok');
    const shown = new Set(views.map(({ engine }) => engine));
    const recoveries = recovery.list().filter(({ engine }) => shown.has(engine));
    const routing = !request.include_routing
      ? undefined
      : router.routes().map(({ capability, candidates, excluded }) =>
          compact({
            operation: capability,
            engines: [...candidates],
            excluded:
              excluded.length === 0 ? undefined : excluded.map(({ engine, code }) => ({ engine, code })),
          }),
        );
    return {
      data: compact({
        overall: allWell ? ('ok' as const) : available > 0 ? ('degraded' as const) : ('error' as const),
        available_count: available,
        strategy: config.routing,
        routes: Object.keys(config.routes).length === 0 ? undefined : { ...config.routes },
        engines,
        recoveries:
          recoveries.length === 0 ? undefined : recoveries.map((one) => presentRecovery(one, times)),
        shared_messages: statistics?.sharedByEngines,
        history_error: error,
        routing,
      }),
      summary: `${available} of ${healths.length} engines available.`,
    };
  };
}
