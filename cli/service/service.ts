import { join } from 'node:path';
import { Hono } from 'hono';
import { createConsole, routeNotFound } from '#console/console.ts';
import type { ConsolePorts } from '#console/ports.ts';
import type { StatusSource } from '#console/view/status-source.ts';
import type { History } from '#history/contracts/history.ts';
import { openHistory } from '#history/sqlite/history.ts';
import { systemClock } from '#kernel/clock.ts';
import type { Config } from '#kernel/config.ts';
import {
  acquireOwnership,
  type DataDir,
  keepFilesPrivate,
  type Owner,
  openDataDir,
} from '#kernel/data-dir.ts';
import { TandemError } from '#kernel/errors.ts';
import { systemIds } from '#kernel/ids.ts';
import { readServiceFile, removeServiceFile, writeServiceFile } from '#kernel/service-file.ts';
import { createBearerAuth } from '#mcp/auth/bearer.ts';
import { createRegistry, type Registry } from '#mcp/registry.ts';
import { allResources, allTemplates } from '#mcp/resources/all.ts';
import { allTools } from '#mcp/tools/all.ts';
import { hostAndOriginGuard } from '#mcp/transports/guards.ts';
import { createMcpEndpoint, MCP_PATH } from '#mcp/transports/http.ts';
import { createOrchestrator, type Orchestrator } from '#orchestrator/orchestrator.ts';
import { loadCursorSecret } from '#orchestrator/services/cursor.ts';
import { createServices, type Services } from '#orchestrator/services/services.ts';
import { allKinds } from '#sync-jobs/kinds/all.ts';
import { keepRetention } from '#sync-jobs/purge-due.ts';
import { createJobQueue } from '#sync-jobs/queue/create.ts';
import { createJobServices, type JobServices } from '#sync-jobs/services/services.ts';
import { createSyncJobs, type SyncJobs } from '#sync-jobs/sync-jobs.ts';
import { readVersion } from '../version.ts';
import { listen } from './listener.ts';
import type { ServiceLog } from './log-file.ts';
import { createConsolePorts } from './ports.ts';
import { queueFactsOf } from './queue-facts.ts';

export interface ServiceOptions {
  readonly config: Config;
  readonly log: ServiceLog;
  /** Environment for engine processes; that of this process by default. */
  readonly env?: NodeJS.ProcessEnv;
}

/** What tools and pages call. */
type ToolServices = Services & JobServices;

/** History is asked for one job at a time: the phone is one. Its jobs take turns. */
const WORKERS = { history: 1, actions: 2, media: 1, maintenance: 1 } as const;
/** The embedded queue costs memory while it runs. */
const QUEUE_IDLE_STOP_MS = 120_000;

/** The rooms of one data directory, wired together. Nothing is listening or running yet. */
export interface Building {
  readonly dataDir: DataDir;
  readonly history: History;
  readonly orchestrator: Orchestrator;
  readonly services: ToolServices;
  readonly syncJobs: SyncJobs;
  readonly registry: Registry;
  readonly ports: ConsolePorts;
  /** Takes the port, tells other processes where, starts the engines. */
  open(): Promise<RunningService>;
  close(): Promise<void>;
}

export interface RunningService extends Building {
  /** Where it listens: for programs on this machine. */
  readonly url: string;
  /** Where people reach it; the same, unless TANDEM_PUBLIC_URL says otherwise. */
  readonly pageUrl: string;
  readonly mcpUrl: string;
  readonly status: StatusSource;
}

/**
 * The composition root. Takes ownership of the data directory first, so that nothing is opened twice.
 * Errors: INSTANCE_ALREADY_RUNNING, DATA_DIR_UNUSABLE, DB_*, CONFIG_INVALID; `open` adds PORT_IN_USE.
 */
export async function build({ config, log, env }: ServiceOptions): Promise<Building> {
  const { logger } = log;
  const clock = systemClock;
  const version = readVersion();
  keepFilesPrivate();
  const dataDir = openDataDir(config.dataDir);
  const ownership = takeOwnership(dataDir);
  const closers: (() => void | Promise<void>)[] = [ownership.release];
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) {
      try {
        await closer();
      } catch (error) {
        logger.warn('a part did not close cleanly', { error });
      }
    }
  };
  try {
    const history = await openHistory({
      file: dataDir.historyFile,
      clock,
      logger,
      timeZone: config.timeZone,
    });
    closers.push(() => history.close());
    const orchestrator = createOrchestrator({
      config,
      history,
      logger,
      clock,
      ids: systemIds,
      forwardLog: log.forward,
      ...(env === undefined ? {} : { env }),
    });
    closers.push(() => orchestrator.stop());
    let url = '';
    const own = createServices({
      history,
      fleet: orchestrator,
      router: orchestrator.router,
      sending: orchestrator.sending,
      recovery: orchestrator.recovery,
      ingest: {
        takenIn: orchestrator.ingest,
        holds: orchestrator.holds,
        onIngested: orchestrator.onIngested,
      },
      config,
      dataDir,
      clock,
      version,
      cursorSecret: loadCursorSecret(dataDir.root),
      pageUrl: () => config.publicUrl ?? url,
      ownUrl: () => url,
      queueFacts: () => queueFactsOf(syncJobs.queue),
      onChange: (listener) => {
        const stops = [orchestrator.onStatus(listener), orchestrator.onIngested(listener)];
        return () => {
          for (const stop of stops) stop();
        };
      },
    });
    const syncJobs = createSyncJobs({
      history,
      queue: createJobQueue({
        redisUrl: config.redisUrl,
        prefix: config.queuePrefix,
        cacheDir: join(dataDir.root, 'cache'),
        logger,
        clock,
        concurrency: WORKERS,
        idleStopMs: QUEUE_IDLE_STOP_MS,
      }),
      kinds: (jobs) =>
        allKinds({
          jobs,
          context: own.parts,
          config,
          onIngested: (listener) => orchestrator.onIngested(() => listener()),
        }),
      keepDays: config.jobKeepDays,
      clock,
      ids: systemIds,
      logger,
    });
    closers.push(() => syncJobs.stop());
    const services: ToolServices = { ...own, ...createJobServices(syncJobs.jobs, own.parts) };
    const registry = createRegistry({
      tools: allTools,
      resources: allResources,
      resourceTemplates: allTemplates,
      services,
      config,
      version,
      logger,
      audit: (record) => {
        history.audit
          .append({ ...record, details: {} })
          .catch((error: unknown) => logger.error('the audit entry was not written', { error }));
      },
    });
    const endpoint = createMcpEndpoint({ registry, auth: createBearerAuth(config.token), config, logger });
    closers.push(() => endpoint.close());
    const ports = createConsolePorts({
      orchestrator,
      services,
      queue: syncJobs.queue,
      history,
      sessions: () => endpoint.sessions,
    });
    const building: Omit<Building, 'open'> = {
      dataDir,
      history,
      orchestrator,
      services,
      syncJobs,
      registry,
      ports,
      close,
    };

    const open = async (): Promise<RunningService> => {
      const app = new Hono();
      const listener = await listen(app, config.host, config.port);
      closers.push(listener.close);
      url = listener.url;
      const pageUrl = config.publicUrl ?? url;
      const mcpUrl = `${pageUrl}${MCP_PATH}`;
      const guard = hostAndOriginGuard(config);
      const console = createConsole({
        ports,
        facts: {
          version,
          pid: process.pid,
          startedAtMs: clock.now(),
          sending: config.sending,
          testServer: config.testServer !== null,
          mcpUrl,
        },
        clock,
        log: logger,
        token: config.token,
        guard,
      });
      closers.push(console.close);
      app.use(MCP_PATH, guard);
      endpoint.mount(app);
      app.route('/', console.app);
      app.notFound(routeNotFound);
      writeServiceFile(dataDir.serviceFile, { pid: process.pid, url, token: config.token, version });
      closers.push(() => removeServiceFile(dataDir.serviceFile));
      logger.info('service is listening', {
        url,
        version,
        pid: process.pid,
        aliases: config.aliasesUsed.map(([used, ours]) => `${used} → ${ours}`),
      });
      await orchestrator.start();
      await syncJobs.start();
      own.parts.exports.start();
      closers.push(own.parts.exports.stop);
      const { retentionDays } = config;
      closers.push(keepRetention(syncJobs.jobs, { retentionDays, history, clock, logger }));
      return { ...building, open, url, pageUrl, mcpUrl, status: console.status };
    };
    return { ...building, open };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

/** Names the address of the other instance too, when it says one. */
function takeOwnership(dataDir: DataDir): { release(): void } {
  try {
    return acquireOwnership(dataDir.root);
  } catch (thrown) {
    if (!(thrown instanceof TandemError) || thrown.code !== 'INSTANCE_ALREADY_RUNNING') throw thrown;
    const service = readServiceFile(dataDir.serviceFile);
    const owner = thrown.details?.owner as Owner | null | undefined;
    throw new TandemError('INSTANCE_ALREADY_RUNNING', {
      ...(owner === null || owner === undefined
        ? {}
        : {
            message: `Another Tandem (pid ${owner.pid}, since ${owner.startedAt}) owns this data directory.`,
          }),
      hint:
        service === null
          ? 'Use the running one, stop it, or choose another folder with --data-dir.'
          : `It is at ${service.url}: use that one, stop it, or choose another folder with --data-dir.`,
      details: { owner: owner ?? null, url: service?.url ?? null },
      cause: thrown,
    });
  }
}
