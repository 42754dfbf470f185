import { randomBytes } from 'node:crypto';
import type { World } from './model.ts';

const ID_BYTES = 9;

/** Real time and random ids: the demo and the stand-alone simulator. */
export const createRealWorld = (): World => ({
  nowSeconds: () => Math.floor(Date.now() / 1_000),
  nextId: () => `3EB0${randomBytes(ID_BYTES).toString('hex').toUpperCase()}`,
});

/** Time that moves one second a reading and ids that count: the same calls give the same account. */
export const createFixedWorld = (startSeconds: number): World => {
  let now = startSeconds;
  let ids = 0;
  return {
    nowSeconds: () => {
      now += 1;
      return now;
    },
    nextId: () => {
      ids += 1;
      return `3EB0F1${ids.toString(16).padStart(14, '0').toUpperCase()}`;
    },
  };
};
