import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'puppeteer';
import { type Capability, capabilities } from '#engines/contract/capability.ts';
import type { CommandHandlers } from '#engines/contract/command.ts';
import type { Engine } from '#engines/contract/engine.ts';
import { openOutbox } from '#engines/contract/outbox.ts';
import type { EngineStatus } from '#engines/contract/state.ts';
import { type Clock, nowSeconds, systemClock } from '#kernel/clock.ts';
import type { Config } from '#kernel/config.ts';
import { acquireOwnership } from '#kernel/data-dir.ts';
import { MILLISECONDS_PER_SECOND } from '#kernel/limits.ts';
import type { Logger } from '#kernel/logger.ts';
import { createCommands } from './commands/handlers.ts';
import { createImpairments } from './impairments.ts';
import { createInitialSync } from './initial-sync.ts';
import { createIntake } from './intake.ts';
import { createKnownLinks } from './known-links.ts';
import { lifeCommands } from './life-commands.ts';
import { createLinkDesk } from './link.ts';
import { attachLive } from './live.ts';
import { createAskPage } from './page-helpers.ts';
import { createPageWeight } from './page-weight.ts';
import { diskError } from './reason-errors.ts';
import { createReconcile } from './reconcile.ts';
import { createSession } from './session.ts';
import { createSessionFile } from './session-file.ts';
import { createSink } from './sink.ts';
import { createStatusBoard } from './status-board.ts';
import { missingInPage } from './surface.ts';
import { createTeller } from './teller.ts';
import { openTold } from './told.ts';

export interface WebjsEngineOptions {
  /** Private folder of this engine: profile, outbox, lease. */
  readonly engineDir: string;
  readonly config: Pick<
    Config,
    | 'testServer'
    | 'linkTimeoutSeconds'
    | 'webjsExecutable'
    | 'webjsArgs'
    | 'webjsHeadless'
    | 'webjsSandbox'
    | 'webjsUserAgent'
    | 'webjsReadyTimeoutMs'
    | 'webjsCallTimeoutMs'
    | 'webjsHeartbeatMs'
  >;
  readonly logger: Logger;
  readonly clock?: Clock;
  readonly random?: () => number;
}

export interface WebjsEngine extends Engine {
  /** For rejections that nobody awaits: true when they came from the library, which then is looked at. */
  leaked(error: unknown): boolean;
}

/** Takes the lease of the folder. Throws INSTANCE_ALREADY_RUNNING, DATA_DIR_UNUSABLE, DB_*. */
export function createWebjsEngine(options: WebjsEngineOptions): WebjsEngine {
  const { engineDir, config, logger, clock = systemClock, random = Math.random } = options;
  const { lease, outbox, told } = openFolder(engineDir);
  const sessionFile = createSessionFile(engineDir);
  const version = packageVersion();
  const syncDone = told.mark('initial-sync') === 'done';

  const board = createStatusBoard(
    {
      level: 'starting',
      reason: 'none',
      account: null,
      offer: null,
      sync: { phase: syncDone ? 'done' : 'waiting', percent: syncDone ? 100 : null, chats: 0, messages: 0 },
      capabilities: [],
      impaired: [],
      browser: null,
      connectedSinceMs: null,
      lastDisconnect: null,
      reconnectAttempts: 0,
      nextAttemptAtMs: null,
      lastError: null,
      testServer: config.testServer !== null,
    },
    clock,
  );
  const desk = createLinkDesk(board, clock);
  const sink = createSink({
    outbox,
    logger,
    onBlocked: (error) => session.fail('outbox-failed', error),
  });
  const impairments = createImpairments({
    board,
    clock,
    missing: () => session.page.run('surface', ({ pupPage }) => missingInPage(pupPage as Page)),
    onChange: () => session.settle(),
  });

  const session = createSession({
    engineDir,
    config,
    sessionFile,
    board,
    desk,
    clock,
    random,
    logger,
    impairments,
    linkTimeoutMs: config.linkTimeoutSeconds * MILLISECONDS_PER_SECOND,
    attach: (client) => attachLive(client, { wake: intake.wake }),
    isSyncing: () => intake.syncing(),
    onLinked: () => intake.linked(),
    onOpen: () => {
      void impairments.look();
      intake.opened();
    },
    onClosed: () => intake.closed(),
    canWrite: () => sink.retry(),
  });

  const self = () => session.self();
  const weight = createPageWeight({ reload: () => session.reload(), logger });
  const ask = createAskPage(session.page, weight.noted);
  const links = createKnownLinks();
  const teller = createTeller({ sink, told, links, self, clock, logger });
  const sync = createInitialSync({ ask, teller, told, board, outbox, logger });
  const reconcile = createReconcile({ ask, teller, told, sync });
  const intake = createIntake({
    ask,
    teller,
    told,
    links,
    sync,
    reconcile,
    self,
    clock,
    logger,
    onSynced: () => session.settle(),
  });

  const commands: CommandHandlers = impairments.watch({
    ...weight.watch(createCommands({ page: session.page, ask, teller, sink, self, clock, logger })),
    ...lifeCommands({ session, desk }),
  });
  board.set({ capabilities: capabilities.filter((name: Capability) => commands[name] !== undefined) });

  const status = (): EngineStatus => ({
    engine: 'webjs',
    ...board.get(),
    outbox: outbox.stats(),
    version,
    pid: process.pid,
  });
  const unwatch = board.onChange((now, before) => {
    if (now.level === before.level && now.reason === before.reason) return;
    logger.info('engine state', { level: now.level, reason: now.reason });
    sink.deliver([{ kind: 'connection', level: now.level, reason: now.reason, at: nowSeconds(clock) }]);
  });

  return {
    status,
    onStatus: (listener) => board.onChange(() => listener(status())),
    commands,
    outbox,
    start: () => session.start(),
    close: async () => {
      await session.close();
      await intake.close();
      impairments.close();
      unwatch();
      told.close();
      outbox.close();
      lease.release();
    },
    leaked: (error) => session.leaked(error),
  };
}

/** Takes the lease, then opens what lies there; gives the lease back when it cannot be opened. */
function openFolder(engineDir: string) {
  const lease = acquireOwnership(engineDir);
  try {
    const outbox = openOutbox(join(engineDir, 'outbox.db'));
    return { lease, outbox, told: openTold(join(engineDir, 'told.db'), outbox.id) };
  } catch (error) {
    lease.release();
    throw diskError(error);
  }
}

function packageVersion(): string {
  const file = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
