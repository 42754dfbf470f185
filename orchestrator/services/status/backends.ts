import type { Capability, EngineName } from '#engines/contract/capability.ts';
import { reasonTexts } from '#engines/contract/state.ts';
import type { ErrorBody, ErrorCode } from '#kernel/errors.ts';
import type { ServiceContext } from '../context.ts';
import { chosenEngines, isLinked } from '../linking/choose-engine.ts';
import type { EngineView } from '../ports.ts';
import { compact, type Reply } from '../reply.ts';
import { connectionState, isAvailable } from './engine-state.ts';

export interface BackendRequest {
  readonly engine?: EngineName | undefined;
  readonly include_capabilities: boolean;
  readonly include_routing: boolean;
}

export interface Backend {
  readonly name: EngineName;
  readonly status: 'ok' | 'degraded' | 'error' | 'unreachable';
  readonly process_up: boolean;
  readonly api_responsive: boolean;
  readonly authenticated: boolean;
  readonly whatsapp_connected: boolean;
  readonly response_ms?: number;
  readonly last_check?: string;
  readonly version?: string;
  readonly details?: string;
  readonly error?: ErrorBody;
  readonly capabilities?: Capability[];
}

export interface BackendStatus {
  readonly overall: 'ok' | 'degraded' | 'error';
  readonly available_count: number;
  readonly engines: Backend[];
  /** Who would be asked for what, first choice first. */
  readonly routing?: {
    readonly operation: Capability;
    readonly engines: EngineName[];
    readonly excluded?: { readonly engine: EngineName; readonly code: ErrorCode }[];
  }[];
}

/** The routing view: which engine is up, what it can do, who would serve what. */
export function createBackendStatus({ fleet, router, times }: ServiceContext) {
  const describe = (view: EngineView, withCapabilities: boolean): Backend => {
    const { engine, status } = view;
    const troubled = status !== null && status.reason !== 'none';
    return compact({
      name: engine,
      status: health(view),
      process_up: view.processUp,
      api_responsive: view.reachable,
      authenticated: isLinked(view),
      whatsapp_connected: isAvailable(view),
      response_ms: view.responseMs === null ? undefined : Math.round(view.responseMs),
      last_check: view.checkedAtMs === null ? undefined : times.isoMs(view.checkedAtMs),
      version: status?.version,
      details: troubled ? reasonTexts[status.reason].means : undefined,
      error: view.error ?? status?.lastError ?? undefined,
      capabilities: withCapabilities ? [...(status?.capabilities ?? [])] : undefined,
    });
  };

  return async (request: BackendRequest): Promise<Reply<BackendStatus>> => {
    const views = chosenEngines(fleet, request.engine);
    const engines = views.map((view) => describe(view, request.include_capabilities));
    const available = engines.filter(({ status }) => status === 'ok' || status === 'degraded');
    const allWell = engines.length > 0 && engines.every(({ status }) => status === 'ok');
    const routing = !request.include_routing
      ? undefined
      : router.routes().map(({ capability, candidates, excluded }) =>
          compact({
            operation: capability,
            engines: [...candidates],
            excluded: excluded.length === 0 ? undefined : excluded.map((one) => ({ ...one })),
          }),
        );
    return {
      data: compact({
        overall: allWell
          ? ('ok' as const)
          : available.length > 0
            ? ('degraded' as const)
            : ('error' as const),
        available_count: available.length,
        engines,
        routing,
      }),
      summary: `${available.length} of ${engines.length} engines available.`,
    };
  };
}

function health(view: EngineView): Backend['status'] {
  const state = connectionState(view);
  if (state === 'unreachable') return 'unreachable';
  if (state !== 'connected') return 'error';
  return view.status?.level === 'degraded' ? 'degraded' : 'ok';
}
