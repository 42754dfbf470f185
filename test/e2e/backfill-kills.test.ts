import { killsOverOneBackfill } from '../rig/backfill-kills.ts';

/** A few of what `npm run test:crash` does two hundred times. */
const KILLS = 6;

killsOverOneBackfill(
  'R:complete-history goes on after kills of service, engine and queue until everything is there, once',
  KILLS,
  Number(process.env.TANDEM_TEST_SEED ?? Math.floor(Math.random() * 1_000_000)),
);
