import type { MaintenanceStore } from '../contracts/maintenance.ts';
import { createNotes } from './notes.ts';
import { createPurge, type PurgeDeps } from './purge.ts';
import { createReindex } from './reindex.ts';
import type { SearchHealth } from './search-health.ts';

export function createMaintenance(deps: PurgeDeps, health: SearchHealth): MaintenanceStore {
  return { ...createReindex(deps.store, health), ...createPurge(deps), ...createNotes(deps.store) };
}
