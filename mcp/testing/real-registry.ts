import { sampleMessage } from '#engines/contract/samples.ts';
import type { History } from '#history/contracts/history.ts';
import { systemClock } from '#kernel/clock.ts';
import { loadConfig } from '#kernel/config.ts';
import { openDataDir } from '#kernel/data-dir.ts';
import { TandemError } from '#kernel/errors.ts';
import { systemIds } from '#kernel/ids.ts';
import { createOrchestrator } from '#orchestrator/orchestrator.ts';
import { createRecoveries } from '#orchestrator/recovery/recovery.ts';
import { loadCursorSecret } from '#orchestrator/services/cursor.ts';
import { createServices } from '#orchestrator/services/services.ts';
import { openTestHistory, silentLogger } from '#orchestrator/testing/history.ts';
import { createRegistry, type Registry } from '../registry.ts';
import { allResources, allTemplates } from '../resources/all.ts';
import { allTools } from '../tools/all.ts';
import { restingJobs } from './resting-jobs.ts';

export interface RealRegistry {
  readonly registry: Registry;
  readonly history: History;
  /** The data directory. */
  readonly dir: string;
  close(): Promise<void>;
}

/** What is in the store, so that generated arguments can hit something. */
export const known = {
  chats: ['4915112345678@s.whatsapp.net', '120363000000000001@g.us', 'Ahnengalerie', '+49 151 12345678'],
  messages: [sampleMessage(3).id, sampleMessage(40).id],
  words: ['text', 'text 7', '"text 7"', '*', '日本'],
} as const;

/** Every real tool over the real services and the real store, with no engine running. */
export async function openRealRegistry(deadlineMs: number): Promise<RealRegistry> {
  const store = await openTestHistory();
  const { history } = store;
  const group = known.chats[1];
  await history.ingest.apply({
    engine: 'baileys',
    outboxId: 'test',
    seq: 1,
    observations: [
      { kind: 'contact', jid: known.chats[0], name: 'Ahnengalerie' },
      ...Array.from({ length: 60 }, (_, n) => sampleMessage(n)),
      ...Array.from({ length: 60 }, (_, n) => sampleMessage(n + 100, { chat: group })),
    ],
  });
  const config = loadConfig({
    TANDEM_DATA_DIR: store.dir,
    TANDEM_TOOLSETS: 'all',
    TANDEM_SENDING: 'on',
  });
  const clock = systemClock;
  const orchestrator = createOrchestrator({ config, history, logger: silentLogger, clock, ids: systemIds });
  // The real recovery over processes that cannot be started: generated calls must not start any.
  const recovery = createRecoveries({
    engines: () => orchestrator.engines(),
    client: () => null,
    generation: () => 0,
    restart: (engine) => Promise.reject(new TandemError('ENGINE_START_FAILED', { engine })),
    waitMs: 0,
    clock,
    ids: systemIds,
    logger: silentLogger,
  });
  const own = createServices({
    history,
    fleet: orchestrator,
    router: orchestrator.router,
    sending: orchestrator.sending,
    recovery,
    ingest: {
      takenIn: orchestrator.ingest,
      holds: orchestrator.holds,
      onIngested: orchestrator.onIngested,
    },
    config,
    dataDir: openDataDir(store.dir),
    clock,
    version: '0.0.0-test',
    cursorSecret: loadCursorSecret(store.dir),
    pageUrl: () => 'http://127.0.0.1:0',
    onChange: (listener) => orchestrator.onIngested(() => listener()),
  });
  const services = { ...own, ...restingJobs(own) };
  const registry = createRegistry({
    tools: allTools,
    resources: allResources,
    resourceTemplates: allTemplates,
    services,
    config,
    version: '0.0.0-test',
    logger: silentLogger,
    deadlineMs,
  });
  return {
    registry,
    history,
    dir: store.dir,
    close: async () => {
      await orchestrator.stop();
      await store.close();
    },
  };
}
