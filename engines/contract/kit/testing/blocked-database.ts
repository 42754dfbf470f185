import Database from 'better-sqlite3';

/** Makes every write to a database fail until `release`, as a full disk does. */
export function blockDatabase(file: string): { release(): void } {
  const db = new Database(file, { timeout: 2_000 });
  // A trigger is part of the file, so the engine's own connection meets it.
  const tables = db
    .prepare<[], { name: string }>(
      `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`,
    )
    .all();
  for (const { name } of tables) {
    db.exec(
      `CREATE TRIGGER "full_${name}" BEFORE INSERT ON "${name}" BEGIN SELECT RAISE(FAIL, 'disk full'); END`,
    );
  }
  return {
    release: () => {
      for (const { name } of tables) db.exec(`DROP TRIGGER "full_${name}"`);
      db.close();
    },
  };
}
