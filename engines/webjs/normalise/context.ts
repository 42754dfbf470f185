import type { Self } from '#engines/contract/kit/self.ts';
import type { MessagePath } from '#engines/contract/message.ts';
import type { Oddities } from './border.ts';

/** What every translation knows beside the model. */
export interface PageContext {
  readonly self: Self;
  /** Seconds; used where the page gives no time. */
  readonly now: number;
  readonly oddities: Oddities;
}

export interface MessageContext extends PageContext {
  readonly via: MessagePath;
  /** Request id of the on-demand page. */
  readonly page?: string;
}
