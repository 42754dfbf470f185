import type { ChatKey } from './model.ts';

/**
 * Which messages each device has been handed, as index intervals: a million messages of history cost
 * a few pairs of numbers. Pushed chunks, served pages and live messages all count.
 */
export interface DeliveryLog {
  /** Indexes `from` up to but without `to`. */
  record(device: string, chat: ChatKey, from: number, to: number): void;
  has(device: string, chat: ChatKey, index: number): boolean;
  /** Sorted, disjoint, not touching; half open. */
  ranges(device: string, chat: ChatKey): readonly (readonly [number, number])[];
  count(device: string): number;
  /** A device that links anew starts with nothing. */
  forget(device: string): void;
}

type Ranges = readonly (readonly [number, number])[];

const merge = (ranges: Ranges, from: number, to: number): Ranges => {
  const touching = ranges.filter(([a, b]) => a <= to && from <= b);
  const start = Math.min(from, ...touching.map(([a]) => a));
  const end = Math.max(to, ...touching.map(([, b]) => b));
  const apart = ranges.filter(([a, b]) => a > to || from > b);
  return [...apart, [start, end] as const].sort((x, y) => x[0] - y[0]);
};

export const createDeliveryLog = (): DeliveryLog => {
  const devices = new Map<string, Map<ChatKey, Ranges>>();
  const ranges = (device: string, chat: ChatKey): Ranges => devices.get(device)?.get(chat) ?? [];
  return {
    record: (device, chat, from, to) => {
      if (to <= from) return;
      const chats = devices.get(device) ?? new Map<ChatKey, Ranges>();
      chats.set(chat, merge(chats.get(chat) ?? [], from, to));
      devices.set(device, chats);
    },
    has: (device, chat, index) => ranges(device, chat).some(([from, to]) => from <= index && index < to),
    ranges,
    count: (device) => {
      let total = 0;
      for (const list of devices.get(device)?.values() ?? [])
        for (const [from, to] of list) total += to - from;
      return total;
    },
    forget: (device) => {
      devices.delete(device);
    },
  };
};
