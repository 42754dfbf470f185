// Makes the empty, migrated store of the embedded queue and writes it to stdout. A process of its own: it takes
// seconds in which the event loop stands still, and hundreds of megabytes that a process never gives back.
import { once } from 'node:events';
import { PGlite } from '@electric-sql/pglite';
import { runMigrations } from 'bullmq';
import { createPool } from './pool.ts';

const db = await PGlite.create('memory://');
const client = await createPool(db, () => undefined).connect();
await runMigrations(client);
client.release();
const dump = await db.dumpDataDir('gzip');
const bytes = new Uint8Array(await dump.arrayBuffer());
process.stdout.end(bytes);
await once(process.stdout, 'finish');
await db.close();
