import { setTimeout as sleep } from 'node:timers/promises';
import type { DemoAccount, DemoChat } from './control.ts';

const LINES = [
  'Are you still coming on Thursday?',
  'Look what I found in the shed 😄',
  'Running ten minutes late, sorry!',
  'Can you send me the address again?',
  'Bin à tout à l’heure 🚲',
  'Morgen um acht am Bahnhof?',
  'また明日ね！',
  'До встречи вечером',
  'شكرا جزيلا',
  'That was the best ride this year.',
] as const;

/** A quiet account, not a load test. */
const PAUSE_MIN_MS = 6_000;
const PAUSE_SPREAD_MS = 14_000;

function pick<T>(items: readonly T[]): T | undefined {
  return items[Math.floor(Math.random() * items.length)];
}

/** Somebody writes in one of the direct chats; returns the id, null when there is nobody. */
export async function writeSomething(
  account: DemoAccount,
  chats: readonly DemoChat[],
): Promise<string | null> {
  const chat = pick(chats.filter((one) => one.peer !== null));
  const line = pick(LINES);
  return chat === undefined || line === undefined ? null : account.write(chat, line);
}

/** Now and then a message, until aborted. */
export async function live(account: DemoAccount, signal: AbortSignal): Promise<void> {
  const chats = await account.chats();
  while (!signal.aborted) {
    await sleep(PAUSE_MIN_MS + Math.random() * PAUSE_SPREAD_MS, undefined, { signal }).catch(() => undefined);
    if (!signal.aborted) await writeSomething(account, chats);
  }
}
