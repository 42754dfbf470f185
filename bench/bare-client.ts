import { until } from '#kernel/testing/until.ts';
import { connectBaileys, createMemoryAuth, trust } from '#simulator/testing/baileys-client.ts';

/**
 * A bare Baileys in a process of its own: the peer of the initial-history figure. Prints one JSON line with
 * the QR, and one when it has emitted as many messages as it was told to expect.
 */
const [target = '{}', expectedText = '0'] = process.argv.slice(2);
const place = JSON.parse(target) as { waUrl: string; rootKeyHex: string; mediaUrl: string; caFile: string };
const expected = Number(expectedText);
const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);

trust(place);
const auth = createMemoryAuth();
const first = connectBaileys(place, auth);
const qr = await until(() => first.events('connection.update').find((update) => update.qr)?.qr, 'QR');
say({ qr });
await first.closed();
const client = connectBaileys(place, auth);
// Counted as they come: holding the list would measure the list.
let seen = 0;
client.socket.ev.on('messaging-history.set', ({ messages }) => {
  seen += messages.length;
  if (seen >= expected) {
    say({ done: seen, rssMb: Math.round(process.memoryUsage.rss() / 1_048_576) });
    process.exit(0);
  }
});
