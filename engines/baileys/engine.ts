import type { Engine } from '#engines/contract/engine.ts';
import { isDiskError } from '#engines/contract/kit/disk-error.ts';
import { openEngineFolder } from '#engines/contract/kit/engine-folder.ts';
import { createKnownLinks } from '#engines/contract/kit/known-links.ts';
import { createLinkDesk } from '#engines/contract/kit/link-desk.ts';
import { createReporting } from '#engines/contract/kit/reporting.ts';
import { createSink } from '#engines/contract/kit/sink.ts';
import { createStatusBoard, startingState } from '#engines/contract/kit/status-board.ts';
import { type Clock, nowSeconds, systemClock } from '#kernel/clock.ts';
import type { Config } from '#kernel/config.ts';
import { TandemError } from '#kernel/errors.ts';
import { MILLISECONDS_PER_SECOND } from '#kernel/limits.ts';
import type { Logger } from '#kernel/logger.ts';
import { createAcks } from './acks.ts';
import { createAppState } from './app-state.ts';
import { watchAppStateKey } from './app-state-key.ts';
import { createSqliteAuthStore } from './auth-store-sqlite.ts';
import { createCommands } from './commands/handlers.ts';
import { echoOf } from './echo.ts';
import { createGroupCache } from './group-cache.ts';
import { createHistoryIntake } from './history.ts';
import { createHistoryJournal } from './history-journal.ts';
import { createInitialSync } from './initial-sync.ts';
import { createIntake } from './intake.ts';
import { createLibraryLogger } from './library-logger.ts';
import { attachLive } from './live.ts';
import { createMarks } from './marks.ts';
import { observeMessage } from './normalise/message.ts';
import { createPages } from './pages.ts';
import { createSentStore } from './sent-store.ts';
import { createSession } from './session.ts';
import { openSessionDb } from './session-db.ts';
import type { WASocket } from './socket.ts';
import { chooseUpstream } from './test-server.ts';

export interface BaileysEngineOptions {
  /** Private folder of this engine: session, outbox, lease. */
  readonly engineDir: string;
  readonly config: Pick<Config, 'testServer' | 'linkTimeoutSeconds' | 'historyWaitMs' | 'baileysLogLevel'>;
  readonly logger: Logger;
  readonly clock?: Clock;
  readonly random?: () => number;
}

/** Ids of own sends are remembered this long to tell "left" from "never left". */
const LEFT_IDS_MAX = 1_000;

/** Changes are told one by one as they happen; a flapping connection must not ask for everything each time. */
const GROUPS_REFRESH_MS = 3_600_000;

/** Takes the lease of the folder. Throws INSTANCE_ALREADY_RUNNING, DATA_DIR_UNUSABLE, DB_*. */
export function createBaileysEngine(options: BaileysEngineOptions): Engine {
  const { engineDir, config, logger, clock = systemClock, random = Math.random } = options;
  const folder = openEngineFolder('baileys', engineDir, () => openSessionDb(engineDir));
  const { outbox, own: db } = folder;
  const store = createSqliteAuthStore(db);
  const marks = createMarks(db);
  const journal = createHistoryJournal(db);
  const sent = createSentStore(db);
  const upstream = chooseUpstream(config.testServer);
  const libraryLogger = createLibraryLogger(logger, config.baileysLogLevel);
  const groups = createGroupCache();
  const links = createKnownLinks();
  const acks = createAcks();
  const pages = createPages();
  const leftIds = new Set<string>();
  let connectionEnd = new AbortController();
  let groupsDueMs = 0;

  const synced = marks.get('initial-history') === 'done';
  const board = createStatusBoard(startingState({ synced, testServer: upstream.isTestServer }), clock);
  const desk = createLinkDesk(board, clock, 'baileys');
  const sink = createSink({
    outbox,
    logger,
    onBlocked: (error) => session.fail('outbox-failed', error),
  });
  const initialSync = createInitialSync({ board, marks, waiting: () => journal.waiting().count });
  const appState = createAppState({ store, marks, logger });
  const keyWatch = watchAppStateKey(board, clock, logger, () => session.socket());

  const history = createHistoryIntake({
    journal,
    sink,
    store,
    initialSync,
    pages,
    socket: () => session.socket(),
    self: () => session.self(),
    upstream,
    clock,
    logger,
    libraryLogger,
    onBlocked: (error) => session.fail('outbox-failed', error),
  });

  const session = createSession({
    store,
    board,
    desk,
    sent,
    groups,
    upstream,
    clock,
    random,
    logger,
    libraryLogger,
    linkTimeoutMs: config.linkTimeoutSeconds * MILLISECONDS_PER_SECOND,
    createIntake: (parts) =>
      createIntake({
        ...parts,
        onMessage: (message, offline) => {
          const now = nowSeconds(clock);
          const context = { self: session.self(), via: offline ? 'offline' : 'live', now } as const;
          durably('outbox-failed', () => {
            const observed = observeMessage(message, context);
            sink.append(observed.flatMap((one) => [...links.within(one, now), one]));
          });
        },
        onHistory: (notification) => durably('session-store-failed', () => history.announce(notification)),
      }),
    attach: (sock, intake) =>
      attachLive(sock, {
        intake,
        sink,
        appState,
        acks,
        pages,
        sent,
        groups,
        links,
        self: () => session.self(),
        clock,
        logger,
        onSent: (id) => {
          if (leftIds.size >= LEFT_IDS_MAX) leftIds.clear();
          leftIds.add(id);
        },
        isCurrent: () => session.socket() === sock,
      }),
    onLinked: () => {
      initialSync.begin();
      marks.set('initial-app-state', 'pending');
    },
    onOpen: (sock) => {
      const { pn, lid } = session.self();
      sink.deliver(links.fresh(pn, lid, 'own', nowSeconds(clock)));
      initialSync.connected();
      appState.catchUp(sock);
      keyWatch.check(sock);
      history.wake();
      refreshGroups(sock);
    },
    onClosed: () => {
      acks.disconnected();
      keyWatch.disconnected();
      connectionEnd.abort(new TandemError('CONNECTION_LOST', { engine: 'baileys' }));
      connectionEnd = new AbortController();
      // What was told last may not have reached the disk.
      links.clear();
      initialSync.disconnected();
    },
    onKey: (sock) => {
      appState.catchUp(sock);
      keyWatch.check(sock);
    },
    canWrite: () => sink.retry(),
  });

  /**
   * Heals what group changes a crash may have lost: unlike messages, the library tells them only after
   * it has acknowledged them. It tells the answer as an event.
   */
  function refreshGroups(sock: WASocket): void {
    if (clock.now() < groupsDueMs) return;
    groupsDueMs = clock.now() + GROUPS_REFRESH_MS;
    sock.groupFetchAllParticipating().catch((error: unknown) => {
      groupsDueMs = 0;
      logger.debug('groups not read', { error });
    });
  }

  /** For what must be on disk before the library goes on; ends the socket when the disk refuses. */
  function durably(reason: 'session-store-failed' | 'outbox-failed', write: () => void): void {
    try {
      write();
    } catch (error) {
      if (!isDiskError(error)) {
        logger.warn('message not understood', { error });
        return;
      }
      session.fail(reason, error);
      throw error;
    }
  }

  const commands = createCommands({
    session,
    board,
    desk,
    acks,
    appState,
    pages,
    sent,
    groups,
    upstream,
    clock,
    historyWaitMs: config.historyWaitMs,
    tell: (observations) => sink.deliver(observations),
    connectionEnd: () => connectionEnd.signal,
    hasLeft: (id) => leftIds.has(id),
  });
  const reporting = createReporting({ engine: 'baileys', board, commands, outbox, sink, clock, logger });

  return {
    status: reporting.status,
    onStatus: reporting.onStatus,
    commands,
    outbox,
    start: async () => {
      await session.start();
      // A crash fell between sending and noting it: the history gets the message, its fate stays open.
      for (const { id, chat, message, sentAt } of sent.unsettled()) {
        sink.deliver(echoOf({ chat, id, message, at: sentAt, taken: false }, session.self()));
        sent.settle(id);
      }
      history.wake();
    },
    close: async () => {
      await session.close();
      await history.close();
      appState.close();
      reporting.close();
      db.close();
      folder.close();
    },
  };
}
