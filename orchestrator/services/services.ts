import { join } from 'node:path';
import type { History } from '#history/contracts/history.ts';
import type { Clock } from '#kernel/clock.ts';
import type { Config } from '#kernel/config.ts';
import type { DataDir } from '#kernel/data-dir.ts';
import { BYTES_PER_MEGABYTE, MILLISECONDS_PER_SECOND } from '#kernel/limits.ts';
import { type Actions, createActions } from './actions/actions.ts';
import { type ChatStates, createChatStates } from './chat-state.ts';
import { type Chats, createChats } from './chats.ts';
import { type Contacts, createContacts } from './contacts/contacts.ts';
import type { ServiceContext } from './context.ts';
import { createCursors } from './cursor.ts';
import { createDiagnostics, type Diagnosis, type DiagnosticsRequest } from './diagnostics/diagnostics.ts';
import type { QueueFacts } from './diagnostics/queue-checks.ts';
import type { ReachHost } from './diagnostics/reach-host.ts';
import { createExports } from './export/exports.ts';
import { createFreshness } from './freshness.ts';
import { createGroups, type Groups } from './groups/groups.ts';
import { routerWithLinkHelp, sendingWithLinkHelp } from './linking/link-help.ts';
import { createLinking, type Linking } from './linking/linking.ts';
import { createLogout, type LogoutRequest, type LogoutResult } from './linking/logout.ts';
import { createMarkMessages, type MarkedMessages, type MarkMessagesRequest } from './mark-messages.ts';
import { createMarkRead, type MarkedRead } from './mark-read.ts';
import { createDownload, type DownloadedMedia, type DownloadRequest } from './media/download.ts';
import { createMediaFetch } from './media/fetch.ts';
import { createMediaLibrary } from './media/library.ts';
import { createMediaStore } from './media/store.ts';
import { createMessages, type Messages } from './messages/messages.ts';
import { createPassedOver } from './passed-over.ts';
import { createPeople, type People } from './people.ts';
import type { FleetPort, IngestPort, RecoveryPort, RouterPort, SendingPort } from './ports.ts';
import { createTimes } from './present/times.ts';
import type { Reply } from './reply.ts';
import { createResolver } from './resolve/resolver.ts';
import { createSendMessage, type SendMessageRequest, type SentMessage } from './send.ts';
import { type BackendRequest, type BackendStatus, createBackendStatus } from './status/backends.ts';
import { type ConnectionStatus, createConnectionStatus } from './status/connection.ts';
import { createLinkedDevices, type LinkedDevices } from './status/devices.ts';
import { createRecoveries, type Recoveries } from './status/recovery.ts';
import { createSyncStatus, type SyncStatus } from './status/sync.ts';
import { createTroubleLog } from './status/trouble.ts';

export interface ServiceDeps {
  readonly history: History;
  readonly fleet: FleetPort;
  readonly router: RouterPort;
  readonly sending: SendingPort;
  readonly recovery: RecoveryPort;
  readonly ingest: IngestPort;
  readonly config: Config;
  readonly dataDir: DataDir;
  readonly clock: Clock;
  /** Of Tandem. */
  readonly version: string;
  /** See loadCursorSecret. */
  readonly cursorSecret: Uint8Array;
  /** Where people see the service in a browser; asked at each use, because the port may be known late. */
  readonly pageUrl: () => string;
  /** Where the service listens, when that is another place than pageUrl; empty before it does. */
  readonly ownUrl?: () => string;
  /** Calls the listener after every commit of ingest and every change of an engine; returns how to stop. */
  readonly onChange: (listener: () => void) => () => void;
  /** How diagnostics look at WhatsApp's hosts; over the network by default. */
  readonly reachHost?: ReachHost;
  /** What diagnostics tell of the job queue; absent = there is none. */
  readonly queueFacts?: () => Promise<QueueFacts>;
}

/** Everything that tools and pages can ask for. Each call throws TandemError only. */
export interface Services {
  readonly linking: Linking;
  logout(request: LogoutRequest, signal?: AbortSignal): Promise<Reply<LogoutResult>>;
  connection(request: { readonly verify: boolean }, signal?: AbortSignal): Promise<Reply<ConnectionStatus>>;
  backends(request: BackendRequest): Promise<Reply<BackendStatus>>;
  readonly recoveries: Recoveries;
  linkedDevices(signal?: AbortSignal): Promise<Reply<LinkedDevices>>;
  readonly sync: SyncStatus;
  diagnose(request: DiagnosticsRequest): Promise<Reply<Diagnosis>>;
  ping(): Reply<Pong>;
  readonly chats: Chats;
  readonly chatStates: ChatStates;
  markChatRead(request: { readonly chat: string }, signal?: AbortSignal): Promise<Reply<MarkedRead>>;
  markMessagesRead(request: MarkMessagesRequest, signal?: AbortSignal): Promise<Reply<MarkedMessages>>;
  readonly messages: Messages;
  downloadMedia(request: DownloadRequest, signal?: AbortSignal): Promise<Reply<DownloadedMedia>>;
  sendMessage(request: SendMessageRequest, signal?: AbortSignal): Promise<Reply<SentMessage>>;
  readonly actions: Actions;
  readonly people: People;
  readonly contacts: Contacts;
  readonly groups: Groups;
  /** What rooms above build services of their own with. */
  readonly parts: ServiceContext;
  /** Calls the listener whenever a status may read differently than before; returns how to stop. */
  onChange(listener: () => void): () => void;
}

export interface Pong {
  readonly pong: true;
  readonly version: string;
  readonly uptime_s: number;
  readonly time: string;
  readonly time_zone: string;
}

export function createServices(deps: ServiceDeps): Services {
  const times = createTimes(deps.config.timeZone);
  const trouble = createTroubleLog(deps.fleet, deps.onChange, deps.clock);
  const passedOver = createPassedOver(deps.router, deps.fleet, deps.config);
  const router = routerWithLinkHelp(passedOver.watchRouter(trouble.watchRouter(deps.router)), deps.pageUrl);
  const mediaStore = createMediaStore({
    dir: join(deps.dataDir.root, 'media'),
    quotaBytes: deps.config.mediaQuotaMb * BYTES_PER_MEGABYTE,
  });
  const context: ServiceContext = {
    ...deps,
    router,
    media: createMediaLibrary(mediaStore, createMediaFetch({ ...deps, router })),
    exports: createExports({
      dir: join(deps.dataDir.root, 'exports'),
      secret: deps.cursorSecret,
      clock: deps.clock,
    }),
    sending: sendingWithLinkHelp(passedOver.watchSending(trouble.watchSending(deps.sending)), deps.pageUrl),
    times,
    cursors: createCursors(deps.cursorSecret),
    freshness: createFreshness(deps.history, deps.fleet, times, deps.clock),
    resolver: createResolver(deps.history, router),
    trouble,
  };
  const startedAtMs = deps.clock.now();
  return {
    linking: createLinking(context),
    logout: createLogout(context),
    connection: createConnectionStatus(context),
    backends: createBackendStatus(context),
    recoveries: createRecoveries(context),
    linkedDevices: createLinkedDevices(context),
    sync: createSyncStatus(context),
    diagnose: createDiagnostics(context, deps.reachHost),
    ping: () => ({
      data: {
        pong: true,
        version: deps.version,
        uptime_s: Math.floor((deps.clock.now() - startedAtMs) / MILLISECONDS_PER_SECOND),
        time: times.isoMs(deps.clock.now()),
        time_zone: times.timeZone,
      },
    }),
    chats: createChats(context),
    chatStates: createChatStates(context),
    markChatRead: createMarkRead(context),
    markMessagesRead: createMarkMessages(context),
    messages: createMessages(context),
    downloadMedia: createDownload(context),
    sendMessage: createSendMessage(context),
    actions: createActions(context),
    people: createPeople(context),
    contacts: createContacts(context),
    groups: createGroups(context),
    parts: context,
    onChange: deps.onChange,
  };
}
