import type { SessionDb } from './session-db.ts';

/** Small facts that must survive a crash of the engine. */
export type MarkName = 'initial-history' | 'initial-app-state';

export interface Marks {
  get(name: MarkName): string | null;
  set(name: MarkName, value: string): void;
}

export function createMarks(db: SessionDb): Marks {
  const select = db.prepare<[string], { value: string }>('SELECT value FROM marks WHERE name = ?');
  const upsert = db.prepare(
    'INSERT INTO marks (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
  );
  return {
    get: (name) => select.get(name)?.value ?? null,
    set: (name, value) => {
      upsert.run(name, value);
    },
  };
}
