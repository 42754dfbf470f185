import { killsOverOneBackfill } from '../rig/backfill-kills.ts';

/** A number reproduces a run, as far as processes do: TANDEM_TEST_SEED=… npm run test:crash. */
const SEED = Number(process.env.TANDEM_TEST_SEED ?? Math.floor(Math.random() * 1_000_000));
const KILLS = Number(process.env.TANDEM_TEST_KILLS ?? 200);

killsOverOneBackfill('ends complete: nothing lost, nothing twice, coverage as the account is', KILLS, SEED);
