import { setTimeout as delay } from 'node:timers/promises';
import type { Page } from 'puppeteer';
import { logOut } from './page-acts.ts';
import { isGone } from './page-errors.ts';

const LOGOUT_ANSWER_MS = 5_000;

/** Tells WhatsApp that this device goes; true when it was heard. */
export function sayGoodbye(page: Page): Promise<boolean> {
  const told = page.evaluate(logOut).then(
    () => true,
    // The page says goodbye by leaving.
    (error: unknown) => isGone(error),
  );
  return Promise.race([told, delay(LOGOUT_ANSWER_MS, false, { ref: false })]);
}
