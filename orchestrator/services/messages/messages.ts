import type { ServiceContext } from '../context.ts';
import { createListMessages } from './list.ts';
import { createSearchMessages } from './search.ts';
import { createGetContext, createGetMessage } from './single.ts';
import { createStatistics } from './statistics.ts';
import { createQueryStored } from './stored.ts';
import { createWaitForMessage } from './wait.ts';

export type Messages = ReturnType<typeof createMessages>;

/** Everything that reads messages out of the store, now or as they come. */
export function createMessages(context: ServiceContext) {
  return {
    list: createListMessages(context),
    search: createSearchMessages(context),
    queryStored: createQueryStored(context),
    get: createGetMessage(context),
    context: createGetContext(context),
    statistics: createStatistics(context),
    wait: createWaitForMessage(context),
  };
}
