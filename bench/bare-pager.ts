import type { WAMessage } from '@whiskeysockets/baileys';
import { until } from '#kernel/testing/until.ts';
import { connectBaileys, createMemoryAuth, trust } from '#simulator/testing/baileys-client.ts';

/**
 * A bare Baileys in a process of its own that pages every chat back to its start: the peer of the backfill figure. Told what to
 * expect as [chats, messages a chat, chats at a time]; prints one JSON line with the QR, and one with the milliseconds it took.
 */
const [target = '{}', expectation = '[]'] = process.argv.slice(2);
const place = JSON.parse(target) as { waUrl: string; rootKeyHex: string; mediaUrl: string; caFile: string };
const [chats = 0, perChat = 0, window = 1, pushed = 0] = JSON.parse(expectation) as number[];
const PAGE = 50;
const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);

interface Progress {
  held: number;
  oldest: WAMessage;
}

trust(place);
const auth = createMemoryAuth();
const first = connectBaileys(place, auth);
const qr = await until(() => first.events('connection.update').find((update) => update.qr)?.qr, 'QR');
say({ qr });
await first.closed();
const { socket } = connectBaileys(place, auth);
const progress = new Map<string, Progress>();
/** The page that is asked for of each chat. Filed by chat: the library merges answers, and keeps the request id of only one. */
const waiting = new Map<string, () => void>();
const allPushed = Promise.withResolvers<void>();
let seen = 0;
socket.ev.on('messaging-history.set', ({ messages, peerDataRequestSessionId: request }) => {
  for (const message of messages) note(message);
  if (request) {
    for (const jid of new Set(messages.map(chatOf))) waiting.get(jid)?.();
    return;
  }
  seen += messages.length;
  if (seen >= chats * pushed) allPushed.resolve();
});
await allPushed.promise;

const startedAt = performance.now();
const queue = [...progress.values()];
await Promise.all(
  Array.from({ length: window }, async () => {
    for (let chat = queue.shift(); chat !== undefined; chat = queue.shift()) await toTheStart(chat);
  }),
);
say({
  ms: performance.now() - startedAt,
  messages: [...progress.values()].reduce((sum, { held }) => sum + held, 0),
});
process.exit(0);

function note(message: WAMessage): void {
  const jid = chatOf(message);
  const known = progress.get(jid);
  if (known === undefined) progress.set(jid, { held: 1, oldest: message });
  else {
    known.held += 1;
    if (timeOf(message) <= timeOf(known.oldest)) known.oldest = message;
  }
}

async function toTheStart(chat: Progress): Promise<void> {
  while (chat.held < perChat) {
    const { oldest, held } = chat;
    const page = Promise.withResolvers<void>();
    waiting.set(chatOf(oldest), page.resolve);
    await socket.fetchMessageHistory(PAGE, oldest.key, timeOf(oldest) * 1_000);
    await page.promise;
    if (chat.held === held) throw new Error('a page without messages');
  }
}

function chatOf({ key }: WAMessage): string {
  return key.remoteJid ?? '';
}

function timeOf({ messageTimestamp: time }: WAMessage): number {
  return Number(time ?? 0);
}
