import type { AuditEntry, AuditStore } from '../contracts/sends.ts';
import type { Store } from './database.ts';

interface AuditRow {
  readonly at: number;
  readonly actor: string;
  readonly tool: string;
  readonly ok: number;
  readonly code: string | null;
  readonly engine: string | null;
  readonly duration_ms: number;
  readonly details: string;
}

export function createAudit(store: Store): AuditStore {
  return {
    append: (entry) =>
      store.write((sql) => {
        sql.run(
          `INSERT INTO audit (at, actor, tool, ok, code, engine, duration_ms, details) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
          entry.at,
          entry.actor,
          entry.tool,
          Number(entry.ok),
          entry.code,
          entry.engine,
          Math.round(entry.durationMs),
          JSON.stringify(entry.details),
        );
      }),
    list: (limit) =>
      store.read((sql) =>
        sql.all<AuditRow>(`SELECT * FROM audit ORDER BY id DESC LIMIT ?`, limit).map(
          (row): AuditEntry => ({
            at: row.at,
            actor: row.actor,
            tool: row.tool,
            ok: row.ok === 1,
            code: row.code,
            engine: row.engine,
            durationMs: row.duration_ms,
            details: JSON.parse(row.details) as Record<string, unknown>,
          }),
        ),
      ),
  };
}
