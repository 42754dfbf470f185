import type { MessageStatus } from '#engines/contract/message.ts';
import { TOOL_CALL_DEADLINE_MS } from '#kernel/limits.ts';
import type { ServiceContext } from './context.ts';
import { waitForChange } from './wait-for-change.ts';

const DELIVERY_WAIT_MS = 15_000;
/** For the answer itself: a call that runs into its deadline would be reported as a send of unknown outcome. */
const RESERVE_MS = 3_000;
const DELIVERED: readonly (MessageStatus | null)[] = ['delivered', 'read', 'played'];

/** How long a call that began then may still wait. */
export function deliveryWaitMs(startedAt: number): number {
  const leftMs = TOOL_CALL_DEADLINE_MS - RESERVE_MS - (performance.now() - startedAt);
  return Math.max(0, Math.min(DELIVERY_WAIT_MS, leftMs));
}

/** Waits until the receipt of another phone is in the store; null = none came in time, which is usual for a phone that is off. */
export function createDeliveryWait({ history, onChange }: Pick<ServiceContext, 'history' | 'onChange'>) {
  return async (
    messageId: string,
    waitMs: number,
    signal?: AbortSignal,
  ): Promise<'delivered' | 'read' | null> => {
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
