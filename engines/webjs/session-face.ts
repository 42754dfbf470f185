import type { Client } from 'whatsapp-web.js';
import type { LinkRequest } from '#engines/contract/kit/link-commands.ts';
import type { LinkDesk } from '#engines/contract/kit/link-desk.ts';
import type { Self } from '#engines/contract/kit/self.ts';
import type { StatusBoard } from '#engines/contract/kit/status-board.ts';
import type { Clock } from '#kernel/clock.ts';
import type { Logger } from '#kernel/logger.ts';
import type { BrowserConfig } from './browser-driver.ts';
import type { Impairments } from './impairments.ts';
import type { Page } from './page.ts';
import type { SessionFile } from './session-file.ts';

/** Connects, stays connected, and says at every moment what is wrong. At most one browser lives at a time. */
export interface Session {
  /** Connects when a device is linked; returns without waiting for the connection. */
  start(): Promise<void>;
  close(): Promise<void>;
  readonly page: Page;
  self(): Self;
  isLinked(): boolean;
  /** Aborted with CONNECTION_LOST when the connection of now ends. */
  connectionEnd(): AbortSignal;
  /** Starts over with a fresh profile, unless a QR attempt runs already. Throws BROWSER_MISSING, ENGINE_STARTING. */
  beginLink(how: LinkRequest): Promise<void>;
  /** Unlinks the device and destroys its profile. */
  logout(): Promise<{ readonly unlinkedOnServer: boolean; readonly sessionDeleted: boolean }>;
  /** A round trip through the page, which says whether it is connected; in milliseconds. */
  probe(signal: AbortSignal): Promise<number>;
  /** Loads the page again with the same session; false when there is none to load. Returns at once. */
  reload(): boolean;
  /** The same, done when the page is ready again. Throws NOT_AUTHENTICATED, NOT_CONNECTED, WHATSAPP_API_ERROR. */
  reloaded(signal: AbortSignal): Promise<void>;
  /** The disk refuses. Synchronous: after it nothing is taken from the page any more. */
  fail(reason: 'session-store-failed' | 'outbox-failed', error: unknown): void;
  /** A rejection that nobody awaited: true when it came from the library, which then is looked at. */
  leaked(error: unknown): boolean;
  /** What the level depends on has changed: the first sync, or what works in the page of today. */
  settle(): void;
}

export interface SessionDeps {
  readonly engineDir: string;
  readonly config: BrowserConfig;
  readonly sessionFile: SessionFile;
  readonly board: StatusBoard;
  readonly desk: LinkDesk;
  readonly impairments: Impairments;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly linkTimeoutMs: number;
  /** Called once for each new client, before its first event: events of the library are heard here. */
  readonly attach: (client: Client, page: Page) => void;
  /** A phone has confirmed a new link; the page is not ready yet. */
  readonly onLinked: () => void;
  /** What the page held when it was linked has not been told yet. */
  readonly isSyncing: () => boolean;
  /** The page is ready: after each start and each reload, once for each document. */
  readonly onOpen: (client: Client) => void;
  /** The page is gone, or loads again. */
  readonly onClosed: () => void;
  /** True when everything held back is on disk again. */
  readonly canWrite: () => boolean;
}
