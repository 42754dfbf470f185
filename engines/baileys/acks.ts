import type { BinaryNode } from '@whiskeysockets/baileys';
import { toTime } from '#engines/contract/kit/scalars.ts';

/** What the server said of an own message. */
export interface ServerAck {
  /** Null = it took the message. */
  readonly error: string | null;
  /** Seconds; null = not said. */
  readonly at: number | null;
}

export type AckOutcome = ServerAck | 'late' | 'disconnected';

export interface Acks {
  /** Ask before sending: an ack must not come before its waiter. */
  expect(id: string): { outcome(waitMs: number, signal: AbortSignal): Promise<AckOutcome>; forget(): void };
  /** Returns false when nobody waits for it. */
  settle(id: string, ack: ServerAck): boolean;
  /** No ack can come any more. */
  disconnected(): void;
}

export function createAcks(): Acks {
  const waiting = new Map<string, (outcome: AckOutcome) => void>();
  return {
    expect: (id) => {
      const { promise, resolve } = Promise.withResolvers<AckOutcome>();
      const finish = (outcome: AckOutcome) => {
        waiting.delete(id);
        resolve(outcome);
      };
      waiting.set(id, finish);
      return {
        outcome: async (waitMs, signal) => {
          const late = () => finish('late');
          const timer = setTimeout(late, waitMs);
          signal.addEventListener('abort', late, { once: true });
          const outcome = await promise;
          clearTimeout(timer);
          signal.removeEventListener('abort', late);
          return outcome;
        },
        forget: () => finish('late'),
      };
    },
    settle: (id, ack) => {
      const finish = waiting.get(id);
      finish?.(ack);
      return finish !== undefined;
    },
    disconnected: () => {
      for (const finish of [...waiting.values()]) finish('disconnected');
    },
  };
}

export function readAck({ attrs }: BinaryNode): ServerAck {
  return { error: attrs.error ?? null, at: toTime(attrs.t) };
}
