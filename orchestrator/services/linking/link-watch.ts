import type { EngineName } from '#engines/contract/capability.ts';
import { isConnected } from '#engines/contract/state.ts';
import type { FleetPort } from '../ports.ts';

/**
 * Calls `linked` once for each time that an engine becomes connected, also when nobody waits for it: people scan the
 * QR on the status page, too.
 */
export function watchLinks(
  fleet: FleetPort,
  onChange: (listener: () => void) => () => void,
  linked: (engine: EngineName) => void,
): () => void {
  const connected = new Set<EngineName>();
  return onChange(() => {
    for (const { engine, status } of fleet.engines()) {
      if (status === null || !isConnected(status.level)) connected.delete(engine);
      else if (!connected.has(engine)) {
        connected.add(engine);
        linked(engine);
      }
    }
  });
}
