import { z } from 'zod';
import { finalText } from '../../account/oracle.ts';
import { method, type PageMessage, type PageMethods, type WebCore, widSchema } from '../contract.ts';
import { chatOf } from './lookup.ts';

const DEFAULT_COUNT = 50;

const searchSchema = z.object({
  query: z.string().min(1),
  page: z.int().min(1).nullish(),
  count: z.int().min(1).nullish(),
  chat: widSchema.nullish(),
});

/** Search in the store of the browser: what it does not hold is not found. */
export const createSearchMethods = (core: WebCore): PageMethods => ({
  search: method(searchSchema, ({ query, page, count, chat }, { device }) => {
    const { account } = core;
    const words = query.toLowerCase();
    const found: PageMessage[] = [];
    for (const { key, size } of chat ? [chatOf(account, chat)] : account.chats()) {
      for (let index = size - 1; index >= device.floor(key); index--) {
        const message = account.message(key, index);
        if (!message || message.deletedForMe) continue;
        if (finalText(message)?.toLowerCase().includes(words)) found.push(core.message(message));
      }
    }
    const newestFirst = found.toSorted((a, b) => Number(b.t) - Number(a.t));
    const perPage = count ?? DEFAULT_COUNT;
    const from = ((page ?? 1) - 1) * perPage;
    return {
      messages: newestFirst.slice(from, from + perPage),
      eof: from + perPage >= newestFirst.length,
    };
  }),
});
