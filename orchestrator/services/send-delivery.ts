import type { MessageStatus } from '#engines/contract/message.ts';
import type { ServiceContext } from './context.ts';
import { waitForChange } from './wait-for-change.ts';

/** Within a tool call's time, together with the send itself. */
const DELIVERY_WAIT_MS = 15_000;
const DELIVERED: readonly (MessageStatus | null)[] = ['delivered', 'read', 'played'];

/** Waits until the receipt of another phone is in the store; null = none came in time, which is usual for a phone that is off. */
export function createDeliveryWait(
  { history, onChange }: Pick<ServiceContext, 'history' | 'onChange'>,
  waitMs: number = DELIVERY_WAIT_MS,
) {
  return async (messageId: string, signal?: AbortSignal): Promise<'delivered' | 'read' | null> => {
    let status: MessageStatus | null = null;
    const done = async () => {
      const found = await history.messages.byId(messageId);
      status = found.find(({ fromMe }) => fromMe)?.status ?? null;
      return DELIVERED.includes(status);
    };
    if (!(await waitForChange({ onChange, done, waitMs, signal }))) return null;
    return status === 'delivered' ? 'delivered' : 'read';
  };
}
