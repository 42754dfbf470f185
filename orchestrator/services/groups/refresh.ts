import { nowSeconds } from '#kernel/clock.ts';
import { type ErrorCode, toTandemError } from '#kernel/errors.ts';
import type { ServiceContext } from '../context.ts';
import { waitForChange } from '../wait-for-change.ts';

/** What asking WhatsApp anew brought; a failure is part of the answer, because the stored list is there anyway. */
export interface Refreshed {
  readonly refreshed_groups?: number;
  readonly refresh_error?: ErrorCode;
}

/** What the engine learned reaches the store within milliseconds, unless a history is streaming in. */
const STORED_WITHIN_MS = 2_000;

/**
 * Asks an engine for the metadata of all groups and waits until the store has it. Everything else about chats (messages,
 * unread counts, marks) is pushed by WhatsApp and cannot be asked for.
 */
export function createGroupRefresh({ router, history, clock, onChange }: ServiceContext) {
  return async (signal?: AbortSignal): Promise<Refreshed> => {
    const startedAt = nowSeconds(clock);
    try {
      const { output } = await router.call('group.read', {}, signal === undefined ? {} : { signal });
      const last = output.groups.at(-1);
      const stored = async () =>
        last === undefined || ((await history.groups.get(last.jid))?.fetchedAt ?? 0) >= startedAt;
      await waitForChange({ onChange, done: stored, waitMs: STORED_WITHIN_MS, signal });
      return { refreshed_groups: output.groups.length };
    } catch (thrown) {
      return { refresh_error: toTandemError(thrown).code };
    }
  };
}
