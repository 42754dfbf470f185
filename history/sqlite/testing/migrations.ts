import type { Migration } from '../migrate.ts';

export const FIRST: Migration = { version: 1, name: '0001_a.sql', sql: 'CREATE TABLE a (x)', checksum: 'aa' };

/** Takes some ten seconds: time enough to be killed in it. */
export const LONG: Migration = {
  version: 2,
  name: '0002_b.sql',
  checksum: 'bb',
  sql: `CREATE TABLE b (x);
    INSERT INTO b WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000000) SELECT i FROM n`,
};
