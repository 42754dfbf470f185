import assert from 'node:assert/strict';
import type { Death, JobWorld } from './world.ts';

/** Dozens of lives, each with files of its own: some 20 s, and minutes where the disk is slow. */
export const EVERY_DEATH_MS = 300_000;

/** Every way to die at one of the calls that a life made. */
export function* everyDeath(calls: number): Generator<Death> {
  for (const when of ['before', 'after'] as const) {
    for (let at = 1; at <= calls; at += 1) yield { at, when };
  }
}

/** A life that works on the job until it dies, and does die. */
export async function dieAt(death: Death, world: JobWorld, id: string): Promise<void> {
  const life = await world.live(death);
  await life.run(id);
  assert.equal(life.died(), true, `${death.when} call ${death.at}`);
}
