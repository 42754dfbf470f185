import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import type { Observation } from '#engines/contract/observation.ts';
import { ANNA_PN, BERT_PN, type Bench, GROUP, message, openBench, T0 } from '#history/test-support.ts';
import type { Console } from '../console.ts';
import { createTestConsole } from '../testing/app.ts';
import { type CoverageReply, coverageViewSchema } from '../view/coverage.ts';

const DAY = 86_400;

/** An answer to a request for what is older than `before`. */
const page = (
  chat: string,
  before: number,
  days: readonly number[],
  end: 'start-reached' | 'more-on-phone',
) => {
  const requestId = `R-${chat}`;
  const anchor = (day: number) => ({
    id: `${chat}${day}`,
    fromMe: false,
    sender: chat,
    sentAt: T0 - day * DAY,
  });
  return [
    ...days.map((day) =>
      message({
        id: `${chat}${day}`,
        chat,
        sender: chat,
        sentAt: T0 - day * DAY,
        via: 'page',
        page: requestId,
      }),
    ),
    {
      kind: 'history-page',
      requestId,
      chat,
      messages: days.length,
      before: anchor(before),
      oldest: anchor(days.at(-1) ?? 0),
      end,
    },
  ] satisfies Observation[];
};
const first = (chat: string) =>
  message({ id: `${chat}0`, chat, sender: chat === GROUP ? ANNA_PN : chat, sentAt: T0, via: 'push' });

describe('console: routes of coverage', () => {
  let bench: Bench;
  let console: Console;
  before(async () => {
    bench = await openBench();
    bench.clock.advance(10 * DAY * 1_000);
    console = createTestConsole({ history: bench.history }, { clock: bench.clock });
    await bench.ingest([
      first(ANNA_PN),
      ...page(ANNA_PN, 0, [1, 10], 'start-reached'),
      first(BERT_PN),
      ...page(BERT_PN, 0, [10], 'more-on-phone'),
      first(GROUP),
    ]);
  });
  after(() => bench.close());

  const ask = async (query = ''): Promise<CoverageReply> =>
    coverageViewSchema.parse(await (await console.app.request(`/api/coverage${query}`)).json());

  it('tells what is held, what is missing and why', async () => {
    const { chats, totals, now, oldest_at } = await ask();
    assert.deepEqual(totals, { chats: 3, complete: 1, partial: 1, unknown: 1 });
    assert.equal(now, T0 + 10 * DAY);
    assert.equal(oldest_at, T0 - 10 * DAY);
    const of = (jid: string) => chats.find((chat) => chat.jid === jid);
    const anna = of(ANNA_PN);
    assert.deepEqual(anna?.held, [[0, T0 - 1, ['page']]]);
    assert.deepEqual([anna?.state, anna?.start_proven, anna?.held_percent], ['complete', true, 100]);
    assert.equal(anna?.first_at, T0 - 10 * DAY);
    const bert = of(BERT_PN);
    assert.deepEqual(bert?.missing, [
      [T0 - 1, T0 + 10 * DAY, 'engine-offline', false],
      [0, T0 - 10 * DAY, 'unknown', true],
    ]);
    assert.deepEqual([bert?.state, bert?.start_proven, bert?.held_percent], ['partial', false, 49]);
    assert.deepEqual([of(GROUP)?.state, of(GROUP)?.held_percent], ['unknown', 0]);
  });

  it('names a chat without a name by its number', async () => {
    const { chats } = await ask('?text=000002');
    assert.deepEqual(
      chats.map(({ name }) => name),
      ['+4915100000002'],
    );
  });

  it('gives every chat once, page by page, with the sums on the first', async () => {
    const seen: string[] = [];
    let reply = await ask('?limit=2');
    for (let left = 5; left > 0; left -= 1) {
      seen.push(...reply.chats.map(({ jid }) => jid));
      if (reply.next === null) break;
      reply = await ask(`?limit=2&after=${encodeURIComponent(reply.next)}`);
      assert.equal(reply.totals, null);
    }
    assert.equal(seen.length, 3);
    assert.deepEqual(new Set(seen), new Set([ANNA_PN, BERT_PN, GROUP]));
  });

  it('refuses a place that it did not give', async () => {
    const answer = await console.app.request('/api/coverage?after=abc');
    assert.equal(answer.status, 400);
    assert.equal(((await answer.json()) as { error: { code: string } }).error.code, 'INVALID_CURSOR');
  });
});
