import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { keySchema, method, type PageMethods, type WebCore } from '../contract.ts';
import { readable } from '../projection/placeholder.ts';
import { storedMessage } from './lookup.ts';

/** The phone sends once more what a page could not read. */
export const createPlaceholderMethods = (core: WebCore): PageMethods => {
  const { phone } = core.wire.faults;
  return {
    placeholder_resend: method(z.object({ keys: z.array(keySchema) }), ({ keys }, { device, link }) => {
      const resend = async (): Promise<void> => {
        if (phone.onDemandDelayMs > 0) await sleep(phone.onDemandDelayMs);
        if (phone.onDemand === 'silent') return;
        for (const key of keys) {
          const stored = storedMessage(core.account, device, key);
          const message = stored ? core.message(stored) : null;
          if (message) link.tell('message_change', { key: message.id, attributes: readable(message) });
        }
      };
      void resend();
      return null;
    }),
  };
};
