import type { Self } from '#engines/contract/kit/self.ts';
import type { Sink } from '#engines/contract/kit/sink.ts';
import type { Clock } from '#kernel/clock.ts';
import type { Logger } from '#kernel/logger.ts';
import type { Page } from '../page.ts';
import type { AskPage } from '../page-helpers.ts';
import type { Teller } from '../teller.ts';

/** What the commands work with. */
export interface CommandDeps {
  readonly page: Page;
  readonly ask: AskPage;
  readonly teller: Teller;
  readonly sink: Sink;
  readonly self: () => Self;
  readonly clock: Clock;
  /** How long the phone may take to answer for a page. */
  readonly historyWaitMs: number;
  /** Aborted with CONNECTION_LOST when the connection of now ends. */
  readonly connectionEnd: () => AbortSignal;
  readonly logger: Logger;
}
