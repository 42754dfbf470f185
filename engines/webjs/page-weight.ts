import type { CommandHandlers } from '#engines/contract/command.ts';
import type { Logger } from '#kernel/logger.ts';

/**
 * The page keeps in memory every message that it was asked for, and lets none go before it loads again. So it is loaded again
 * when it holds too many, between two commands: what reads in the background goes on where it was.
 */
export interface PageWeight {
  /** The page says how many messages it holds. */
  noted(messages: number): void;
  /** The same commands, counted while they are under way. */
  watch(commands: CommandHandlers): CommandHandlers;
}

export interface PageWeightDeps {
  readonly reload: () => boolean;
  readonly logger: Logger;
  readonly maxMessages?: number;
}

/** Some kilobytes each. */
const PAGE_MAX_MESSAGES = 40_000;

type AnyHandler = (input: never, signal: AbortSignal) => Promise<unknown>;

export function createPageWeight(deps: PageWeightDeps): PageWeight {
  const { reload, logger, maxMessages = PAGE_MAX_MESSAGES } = deps;
  let underWay = 0;
  let isHeavy = false;

  function lighten(): void {
    if (!isHeavy || underWay > 0) return;
    isHeavy = false;
    logger.info('page loaded again to free its memory', { started: reload() });
  }

  function counted(handler: AnyHandler): AnyHandler {
    return async (input, signal) => {
      underWay += 1;
      try {
        return await handler(input, signal);
      } finally {
        underWay -= 1;
        lighten();
      }
    };
  }

  return {
    noted: (messages) => {
      isHeavy = messages > maxMessages;
      lighten();
    },
    watch: (commands) =>
      Object.fromEntries(
        Object.entries(commands).map(([name, handler]) => [name, counted(handler as AnyHandler)]),
      ),
  };
}
