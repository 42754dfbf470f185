import type { EngineStatusView } from '#console/view/status.ts';
import type { EngineName } from '#engines/contract/capability.ts';
import { TandemError } from '#kernel/errors.ts';
import type { RunningService } from '../service/service.ts';
import type { DemoAccount } from './control.ts';
import { waitUntil } from './wait.ts';

export interface LinkStage {
  readonly service: RunningService;
  readonly account: DemoAccount;
  readonly signal: AbortSignal;
}

/** A browser on a busy machine takes its time. */
const LINK_LIMIT_MS = 90_000;
const NAME_LIMIT_MS = 1_500;

/**
 * Links one engine by holding the simulated phone against its QR code. Returns the name of the account.
 * Throws AUTH_LINK_TIMEOUT that tells where the engine stands.
 */
export async function linkEngine(stage: LinkStage, engine: EngineName): Promise<string> {
  const { service, account, signal } = stage;
  const viewOf = async (): Promise<EngineStatusView | undefined> =>
    (await service.status.current()).engines.find((one) => one.engine === engine);
  let scanned: string | null = null;
  let asked = false;
  const look = async () => {
    const view = await viewOf();
    if (view === undefined || view.level === 'starting') return false;
    if (view.linked && view.connected) return true;
    if (!asked && (view.level === 'unlinked' || view.level === 'logged-out')) {
      asked = true;
      await service.ports.link({ engine, phone: null });
    }
    if (view.offer?.method === 'qr' && view.offer.text !== scanned) {
      scanned = view.offer.text;
      await account.scan(scanned);
    }
    return false;
  };
  if (!(await waitUntil(look, { signal, limitMs: LINK_LIMIT_MS }))) {
    const view = await viewOf();
    throw new TandemError('AUTH_LINK_TIMEOUT', {
      engine,
      hint: 'Run `tandem demo --verbose` to see what the engine says.',
      details: {
        level: view?.level ?? 'none',
        reason: view?.reason ?? 'none',
        error: view?.error?.code ?? null,
      },
    });
  }
  // The name follows a moment after the link.
  let name: string | null = null;
  const named = async () => {
    const known = (await viewOf())?.account ?? null;
    name = known?.name ?? known?.number ?? null;
    return known?.name != null;
  };
  await waitUntil(named, { signal, limitMs: NAME_LIMIT_MS });
  return name ?? 'the simulated account';
}
