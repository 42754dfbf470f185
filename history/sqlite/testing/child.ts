import { createFixedClock } from '#kernel/clock.ts';
import { silent, T0 } from '../../test-support.ts';
import { openDatabase } from '../database.ts';
import { openHistory } from '../history.ts';
import { salvageHistory } from '../salvage.ts';
import { FIRST, LONG } from './migrations.ts';

/** Does one kind of upkeep and says a letter at each step, so that whoever started it can kill it anywhere. */
const [, , what, file = ''] = process.argv;
const clock = createFixedClock(T0 * 1_000);
const tell = () => process.stdout.write('.');

if (what === 'salvage') {
  await salvageHistory({ file, clock, logger: silent, onProgress: tell });
} else if (what === 'migrate') {
  await openDatabase({ file, clock, migrations: [FIRST, LONG] });
} else {
  const { maintenance } = await openHistory({ file, clock, logger: silent });
  let { next } = what === 'reindex' ? await maintenance.reindex(null, 20) : { next: await purge() };
  for (let steps = 0; next !== null && steps < 1_000; steps += 1) {
    tell();
    next = what === 'reindex' ? (await maintenance.reindex(next, 20)).next : await purge();
  }

  async function purge(): Promise<number | null> {
    return (await maintenance.purge(T0 - 500, 20)).done ? null : 0;
  }
}
process.stdout.write('!');
process.exit(0);
