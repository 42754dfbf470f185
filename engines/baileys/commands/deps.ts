import type { LinkDesk } from '#engines/contract/kit/link-desk.ts';
import type { StatusBoard } from '#engines/contract/kit/status-board.ts';
import type { Observation } from '#engines/contract/observation.ts';
import type { Clock } from '#kernel/clock.ts';
import type { Acks } from '../acks.ts';
import type { AppState } from '../app-state.ts';
import type { GroupCache } from '../group-cache.ts';
import type { Pages } from '../pages.ts';
import type { SentStore } from '../sent-store.ts';
import type { Session } from '../session.ts';
import type { Upstream } from '../test-server.ts';

/** What the commands work with. */
export interface CommandDeps {
  readonly session: Session;
  readonly board: StatusBoard;
  readonly desk: LinkDesk;
  readonly acks: Acks;
  readonly appState: AppState;
  readonly pages: Pages;
  readonly sent: SentStore;
  readonly groups: GroupCache;
  readonly upstream: Upstream;
  readonly clock: Clock;
  /** How long the phone may take to answer for a page. */
  readonly historyWaitMs: number;
  /** Into the outbox; never throws. */
  readonly tell: (observations: readonly Observation[]) => void;
  /** Aborted with CONNECTION_LOST when the connection of now ends. */
  readonly connectionEnd: () => AbortSignal;
  /** True once an own message has left the process. */
  readonly hasLeft: (id: string) => boolean;
}
