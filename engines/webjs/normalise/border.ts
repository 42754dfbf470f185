import type { z } from 'zod';

export type Shape = Readonly<Record<string, z.ZodType>>;
export type Read<S extends Shape> = { readonly [K in keyof S]?: z.output<S[K]> };

/** How often a field was not as expected, by name: what the page means changes without notice, and silently. */
export interface Oddities {
  count(field: string): void;
  /** What was counted since the last call. */
  take(): Readonly<Record<string, number>>;
}

export function createOddities(): Oddities {
  const counts = new Map<string, number>();
  return {
    count: (field) => counts.set(field, (counts.get(field) ?? 0) + 1),
    take: () => {
      const taken = Object.fromEntries(counts);
      counts.clear();
      return taken;
    },
  };
}

/**
 * Takes of an object of the page what its shape names. Fields that do not fit are left out and counted, so that one odd
 * field costs itself and not the message; fields that nobody named are not even looked at. Null = no object.
 */
export function readShape<S extends Shape>(
  name: string,
  shape: S,
  value: unknown,
  oddities: Oddities,
): Read<S> | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    oddities.count(name);
    return null;
  }
  const found: Record<string, unknown> = {};
  for (const field in shape) {
    const raw = (value as Record<string, unknown>)[field];
    if (raw === undefined || raw === null) continue;
    const parsed = shape[field]?.safeParse(raw);
    if (parsed?.success) found[field] = parsed.data;
    else oddities.count(`${name}.${field}`);
  }
  return found as Read<S>;
}
