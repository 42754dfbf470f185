import type { EngineName } from '#engines/contract/capability.ts';

/** Bits of messages.engines. Stored: never renumber. */
const BITS: Readonly<Record<EngineName, number>> = { baileys: 1, webjs: 2 };

export function engineBit(engine: EngineName): number {
  return BITS[engine];
}
