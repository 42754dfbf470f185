import { join } from 'node:path';
import type { Page } from 'puppeteer';
import type { CommandHandlers } from '#engines/contract/command.ts';
import type { Engine } from '#engines/contract/engine.ts';
import { openEngineFolder } from '#engines/contract/kit/engine-folder.ts';
import { createKnownLinks } from '#engines/contract/kit/known-links.ts';
import { createLinkDesk } from '#engines/contract/kit/link-desk.ts';
import { createReporting } from '#engines/contract/kit/reporting.ts';
import { createSink } from '#engines/contract/kit/sink.ts';
import { createStatusBoard, startingState } from '#engines/contract/kit/status-board.ts';
import { type Clock, systemClock } from '#kernel/clock.ts';
import type { Config } from '#kernel/config.ts';
import { MILLISECONDS_PER_SECOND } from '#kernel/limits.ts';
import type { Logger } from '#kernel/logger.ts';
import type { BrowserConfig } from './browser-driver.ts';
import { createCommands } from './commands/handlers.ts';
import { createImpairments } from './impairments.ts';
import { createInitialSync } from './initial-sync.ts';
import { createIntake } from './intake.ts';
import { lifeCommands } from './life-commands.ts';
import { attachLive } from './live.ts';
import { createAskPage } from './page-helpers.ts';
import { createPageWeight } from './page-weight.ts';
import { createReconcile } from './reconcile.ts';
import { createSession } from './session.ts';
import { createSessionFile } from './session-file.ts';
import { missingInPage } from './surface.ts';
import { createTeller } from './teller.ts';
import { openTold } from './told.ts';

export interface WebjsEngineOptions {
  /** Private folder of this engine: profile, outbox, lease. */
  readonly engineDir: string;
  readonly config: BrowserConfig & Pick<Config, 'testServer' | 'linkTimeoutSeconds' | 'historyWaitMs'>;
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
  const folder = openEngineFolder('webjs', engineDir, ({ id }) => openTold(join(engineDir, 'told.db'), id));
  const { outbox, own: told } = folder;
  const sessionFile = createSessionFile(engineDir);
  const synced = told.mark('initial-sync') === 'done';

  const board = createStatusBoard(startingState({ synced, testServer: config.testServer !== null }), clock);
  const desk = createLinkDesk(board, clock, 'webjs');
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

  const { historyWaitMs } = config;
  const connectionEnd = () => session.connectionEnd();
  const parts = { ask, teller, sink, self, clock, historyWaitMs, connectionEnd, logger };
  const commands: CommandHandlers = impairments.watch({
    ...weight.watch(createCommands({ page: session.page, ...parts })),
    ...lifeCommands({ session, desk }),
  });
  const reporting = createReporting({ engine: 'webjs', board, commands, outbox, sink, clock, logger });

  return {
    status: reporting.status,
    onStatus: reporting.onStatus,
    commands,
    outbox,
    start: () => session.start(),
    close: async () => {
      await session.close();
      await intake.close();
      impairments.close();
      reporting.close();
      told.close();
      folder.close();
    },
    leaked: (error) => session.leaked(error),
  };
}
