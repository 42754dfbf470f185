import assert from 'node:assert/strict';
import type { ChatCoverageView } from '#console/view/coverage.ts';
import type { JobReply } from '#console/view/jobs.ts';
import { TandemError } from '#kernel/errors.ts';
import { HISTORY_MESSAGES_MAX } from '#kernel/limits.ts';
import { runHistoryFetch } from '../commands/history.ts';
import { createTerminal } from '../render/terminal.ts';
import { readMessageCount } from './commands.ts';
import { adviceOf, noChatsWords, printCoverage, printIntervals, worstFirst } from './coverage-table.ts';
import { printJob, printJobs, startedLine } from './job-table.ts';
import { endLines, inCommandWords, jobLines, progressWords, restWords } from './job-words.ts';
import { forShell } from './shell-words.ts';
import { watchJob } from './watch-job.ts';

const NOW_MS = Date.UTC(2026, 5, 1, 12);
const NOW = NOW_MS / 1_000;
const DAY = 86_400;
const time = new Date(NOW_MS).toISOString();

const job = (change: Partial<JobReply> = {}): JobReply => ({
  job_id: 'job_0a1b',
  kind: 'history',
  status: 'running',
  ended: false,
  done: 12,
  total: 21,
  progress_percent: 57,
  facts: { messages_fetched: 3_120, messages_added: 2_900, messages_per_second: 240, seconds_left: 125 },
  created_at: time,
  updated_at: time,
  ...change,
});

const chat = (change: Partial<ChatCoverageView> = {}): ChatCoverageView => ({
  jid: '1@s.whatsapp.net',
  name: 'Maya',
  kind: 'direct',
  state: 'partial',
  start_proven: false,
  held_percent: 50,
  messages: 10,
  first_at: NOW - 10 * DAY,
  last_at: NOW,
  held: [[NOW - 5 * DAY, NOW, ['push', 'live']]],
  missing: [[0, NOW - 5 * DAY, 'never-pushed', true]],
  ...change,
});

const isLinked = () => Promise.resolve(true);

function screen() {
  let text = '';
  const out = createTerminal({
    write: (part) => {
      text += part;
      return true;
    },
  });
  return { out, text: () => text };
}

describe('history on the command line', () => {
  it('tells how far a job is, and why it waits', () => {
    assert.equal(
      progressWords(job()),
      '12 of 21 chats · 3,120 messages, 2,900 of them new · 240 a second · about 2 min 5 s left',
    );
    assert.equal(restWords(job(), NOW_MS), null);
    const waiting = job({
      status: 'waiting',
      reason: 'phone-silent',
      hint: 'The phone does not answer. See backend_status.',
      next_attempt_at: new Date(NOW_MS + 90_000).toISOString(),
    });
    assert.equal(
      restWords(waiting, NOW_MS),
      'waiting, phone-silent: The phone does not answer. See `tandem status`. Next try in 1 min 30 s.',
    );
    assert.equal(jobLines(waiting, screen().out.colours, NOW_MS).length, 2);
    assert.doesNotMatch(progressWords(waiting), /a second|left/);
  });

  it('tells how a job ended', () => {
    const result = {
      chats: 3,
      complete: 2,
      exhausted: 0,
      stalled: 1,
      pages: 1,
      messages_fetched: 40,
      messages_added: 30,
    };
    assert.deepEqual(endLines(job({ status: 'completed', ended: true, result })), [
      '40 messages in 1 page, 30 of them new',
      '3 chats: 2 complete to their beginning, 1 silent',
    ]);
    const error = { code: 'NOT_AUTHENTICATED', message: 'Not linked.', hint: 'Link.' } as const;
    assert.deepEqual(endLines(job({ status: 'failed', ended: true, error })), [
      'job_0a1b failed: Not linked. (NOT_AUTHENTICATED)',
    ]);
  });

  it('watches until the end, and tells every change once where lines cannot be redrawn', async () => {
    const { out, text } = screen();
    const steps = [
      job({ progress_percent: 61 }),
      job({ progress_percent: 65 }),
      job({ status: 'waiting', reason: 'no-engine' }),
      job({ status: 'interrupted', hint: 'The service was stopped.' }),
      job({ status: 'queued' }),
      job({ status: 'completed', ended: true, progress_percent: 100, result: { chats: 1, complete: 1 } }),
    ];
    const client = { job: () => Promise.resolve(steps.shift() ?? job()) };
    const io = { out, err: out, env: {}, json: () => assert.fail('nobody asked for JSON') };
    assert.equal(await watchJob({ io, client, isLinked, json: false }, job()), 0);
    assert.deepEqual(text().split('\n').slice(0, 6), [
      '  50 %',
      '  60 %',
      '  waiting: no-engine',
      '  interrupted: The service was stopped.',
      '  queued: it goes on by itself.',
      '  100 %',
    ]);
    assert.match(text(), /✔ 0 messages in 0 pages, 0 of them new\n {2}1 chat: 1 complete to their beginning/);
  });

  it('ends with the code of its own when a job waits for an account to be linked', async () => {
    const waiting = job({ status: 'waiting', reason: 'not-linked', hint: 'Link one.' });
    const client = { job: () => assert.fail('nobody is kept waiting') };
    const { out, text } = screen();
    const rows: unknown[] = [];
    const io = { out, err: out, env: {}, json: (row: unknown) => rows.push(row) };
    const unlinked = () => Promise.resolve(false);
    assert.equal(await watchJob({ io, client, isLinked: unlinked, json: false }, waiting), 4);
    assert.equal(
      text(),
      '! No account is linked. Run `tandem link`; the job goes on by itself then.\n  job_0a1b stays.\n',
    );
    assert.equal(await watchJob({ io, client, isLinked: unlinked, json: true }, waiting), 4);
    const hint = 'No account is linked. Run `tandem link`; the job goes on by itself then.';
    assert.deepEqual(rows, [
      { event: 'progress', ...waiting, hint },
      { event: 'left', job_id: 'job_0a1b', reason: 'not-linked', hint },
    ]);
    assert.match(restWords(waiting, NOW_MS) ?? '', /tandem link/);
  });

  it('goes on watching where an account was linked since the job looked', async () => {
    const { out } = screen();
    const io = { out, err: out, env: {}, json: () => assert.fail('nobody asked for JSON') };
    const client = { job: () => Promise.resolve(job({ status: 'completed', ended: true })) };
    const waiting = job({ status: 'waiting', reason: 'not-linked' });
    assert.equal(await watchJob({ io, client, isLinked, json: false }, waiting), 0);
  });

  it('says once that a paused job rests, and how it is resumed', async () => {
    const client = { job: () => assert.fail('it rests') };
    for (const hint of ['Resume it with resume_sync and its job_id.', undefined]) {
      const { out, text } = screen();
      const io = { out, err: out, env: {}, json: () => assert.fail('nobody asked for JSON') };
      const paused = job({ status: 'paused', ...(hint === undefined ? {} : { hint }) });
      assert.equal(await watchJob({ io, client, isLinked, json: false }, paused), 1);
      assert.match(text(), /^! job_0a1b paused\n.*tandem history resume job_0a1b.*\n$/);
      assert.equal(text().split('tandem history resume').length, 2);
    }
  });

  it('closes the lines of JSON of a paused job with the reason, and names commands, not tools', async () => {
    const { out } = screen();
    const rows: Record<string, unknown>[] = [];
    const io = { out, err: out, env: {}, json: (row: unknown) => rows.push(row as Record<string, unknown>) };
    const client = { job: () => assert.fail('it rests') };
    const hint = 'Resume it with resume_sync and its job_id (tool set history), or end it with cancel_sync.';
    const paused = job({ status: 'paused', hint });
    assert.equal(await watchJob({ io, client, isLinked, json: true }, paused), 1);
    assert.deepEqual(
      rows.map(({ event, reason }) => [event, reason]),
      [
        ['progress', undefined],
        ['left', 'paused'],
      ],
    );
    for (const row of rows) {
      assert.match(String(row.hint), /`tandem history resume job_0a1b`/);
      assert.doesNotMatch(String(row.hint), /resume_sync|cancel_sync|tool set/);
    }
    const error = { code: 'DB_LOCKED', message: '', hint: 'Look with get_job.' };
    assert.equal(inCommandWords(job({ error })).error?.hint, 'Look with `tandem history jobs ID`.');
  });

  it('says that the job is kept when the service goes away', async () => {
    const { out } = screen();
    const rows: unknown[] = [];
    const io = { out, err: out, env: {}, json: (row: unknown) => rows.push(row) };
    const client = { job: () => Promise.reject(new TandemError('NOT_RUNNING')) };
    await assert.rejects(watchJob({ io, client, isLinked, json: true }, job()), (error: TandemError) => {
      assert.equal(error.code, 'NOT_RUNNING');
      assert.match(error.hint, /goes on by itself/);
      return true;
    });
    assert.equal(rows.length, 1);
  });

  it('shows the chats with the most missing first, and those without a message last', () => {
    const sorted = worstFirst([
      chat({ name: 'done', state: 'complete', held_percent: 100 }),
      chat({ name: 'empty', state: 'unknown', held_percent: 0, messages: 0, held: [], missing: [] }),
      chat({ name: 'half' }),
      chat({ name: 'little', held_percent: 3 }),
    ]);
    assert.deepEqual(
      sorted.map(({ name }) => name),
      ['little', 'half', 'done', 'empty'],
    );
    const { out, text } = screen();
    const totals = { chats: 4, complete: 1, partial: 2, unknown: 1 };
    printCoverage(out, { now: NOW, oldest_at: NOW - 10 * DAY, totals, chats: sorted }, 2);
    assert.match(text(), /little +░{15}▇{15} +3 % +10 +not asked for yet/);
    assert.match(text(), /and 2 chats more: --worst 4/);
    assert.match(text(), /4 chats: 1 complete, 2 with something missing, 1 of which nothing is known/);
  });

  it('draws the time that the percentage is of, also for one chat alone', () => {
    const row = (change: Partial<ChatCoverageView>) => {
      const { out, text } = screen();
      const found = { now: NOW, oldest_at: NOW - 100 * DAY, totals: null, chats: [chat(change)] };
      printCoverage(out, found, 1);
      return text();
    };
    const young = row({ held_percent: 10, held: [[NOW - 10 * DAY, NOW, ['push']]] });
    assert.match(young, /Maya +░{27}▇{3} +10 %/);
    const full = row({ held_percent: 99, held: [[NOW - 100 * DAY, NOW, ['push']]] });
    assert.match(full, /Maya +▇{30} +99 %/);
  });

  it('says that nothing is known of as many chats as the sums do', () => {
    const { out, text } = screen();
    const lost = chat({ name: 'lost', state: 'unknown', held: [], missing: [[0, NOW, 'unknown', true]] });
    const quiet = chat({ name: 'quiet', missing: [[NOW - 8 * DAY, NOW - 5 * DAY, 'unknown', true]] });
    const totals = { chats: 2, complete: 0, partial: 1, unknown: 1 };
    printCoverage(out, { now: NOW, oldest_at: null, totals, chats: [lost, quiet] }, 2);
    assert.match(text(), /lost .* nothing is known of it\n/);
    assert.match(text(), /quiet .* not known why\n/);
    assert.match(text(), /1 of which nothing is known/);
  });

  it('says what to do while there is no chat', () => {
    assert.match(noChatsWords(false), /^No chats yet\. .*tandem link/);
    assert.match(noChatsWords(true), /^No chats yet\. .*tandem status/);
  });

  it('sends nobody to ask for what no message stands above', () => {
    // As a repair leaves it once everything was fetched: the hole up to the connection after it.
    const quiet = chat({
      start_proven: true,
      last_at: NOW - 8 * DAY,
      held: [
        [NOW - 5 * DAY, NOW, ['live']],
        [0, NOW - 8 * DAY - 1, ['page']],
      ],
      missing: [[NOW - 8 * DAY - 1, NOW - 5 * DAY, 'unknown', false]],
    });
    const words = adviceOf([quiet, quiet], false) ?? '';
    assert.match(words, /closed by the next message of its chat, or by itself/);
    assert.doesNotMatch(words, /history fetch/);
    const opened = chat({ missing: [[NOW - 8 * DAY - 1, NOW - 5 * DAY, 'unknown', true]] });
    assert.match(adviceOf([opened], false) ?? '', /tandem history fetch/);
    assert.match(adviceOf([quiet, chat()], false) ?? '', /tandem history fetch$/);
  });

  it('lists every interval of one chat with its reason', () => {
    const { out, text } = screen();
    printIntervals(out, chat());
    assert.match(text(), /held +push, live\nthe beginning .* missing +never-pushed: not asked for yet/);
  });

  it('says what to do about what is missing', () => {
    assert.equal(adviceOf([chat({ state: 'complete' })], false), null);
    assert.match(adviceOf([chat(), chat()], false) ?? '', /tandem history fetch$/);
    assert.match(adviceOf([chat()], false) ?? '', /tandem history fetch 1@s\.whatsapp\.net$/);
    assert.match(adviceOf([chat()], true) ?? '', /tandem history jobs/);
    const asked = chat({ missing: [[0, NOW - 5 * DAY, 'phone-empty', true]] });
    assert.match(adviceOf([asked], false) ?? '', /was asked for/);
  });

  it('lists jobs and the queue, and the parts of one that went wrong', () => {
    const { out, text } = screen();
    const failed = job({
      status: 'failed',
      ended: true,
      error: { code: 'DB_LOCKED', message: '', hint: '' },
    });
    const queue = { backend: 'redis', state: 'down', error: 'ECONNREFUSED', since: time } as const;
    printJobs(out, { jobs: [job(), failed], queue }, NOW_MS);
    assert.match(text(), /job_0a1b +history +– +running +57 % +2,900 +just now\n/);
    assert.match(text(), /failed .* DB_LOCKED\n/);
    assert.match(text(), /Queue {2}redis, down: jobs are kept .* \(ECONNREFUSED\)/);
    const items = [
      { chat_name: 'Maya\u001b[2J', status: 'failed', hint: 'Try fetch_history.', done: 0 } as const,
    ];
    printJob(out, { ...failed, items }, NOW_MS);
    assert.match(text(), /Maya\[2J +failed +Try `tandem history fetch`\./);
  });

  it('names the chat of a job in the list and alone', () => {
    const { out, text } = screen();
    const queue = { backend: 'embedded', state: 'up', error: null, since: time } as const;
    const named = job({ chat_jid: '1@s.whatsapp.net', chat_name: 'Maya\u001b[2J' });
    printJobs(out, { jobs: [named, job({ chat_jid: '2@g.us' })], queue }, NOW_MS);
    assert.match(text(), /history +Maya\[2J +running .*\n.*history +2@g\.us +running/);
    printJob(out, named, NOW_MS);
    assert.match(text(), /job_0a1b history of Maya\[2J, running\n/);
  });

  it('says that a queue was paused, with the next step, and why its jobs wait', () => {
    const { out, text } = screen();
    const queue = { backend: 'redis', state: 'up', error: null, since: time, paused: ['history'] } as const;
    const hint = 'Somebody paused its queue outside of Tandem.';
    const waiting = job({ status: 'queued', reason: 'queue-paused', hint });
    printJobs(out, { jobs: [waiting], queue }, NOW_MS);
    assert.match(text(), /queued .* queue-paused\n/);
    assert.match(text(), /Queue {2}redis, paused: history\nSomebody paused .* Resume it on the status page/);
    assert.equal(restWords(waiting, NOW_MS), `queued, queue-paused: ${hint}`);
  });

  it('names the chat that it took, without what would move the cursor', () => {
    const { colours } = screen().out;
    const started = {
      ...job(),
      reused: false,
      chat_jid: '1@s.whatsapp.net',
      chat_name: 'Élodie\u001b[2J Garnier',
    };
    assert.equal(startedLine(started, colours), 'Started job_0a1b for Élodie[2J Garnier.');
    const { chat_name: _, ...nameless } = started;
    assert.equal(startedLine(nameless, colours), 'Started job_0a1b for 1@s.whatsapp.net.');
    assert.equal(startedLine({ ...job(), reused: true }, colours), 'Joined job_0a1b.');
  });

  it('refuses a date that is none, or in the future, before it looks for a service', async () => {
    const { out } = screen();
    const io = { out, err: out, env: {}, json: () => assert.fail('nobody asked for JSON') };
    for (const [since, words] of [
      ['yesterday', /./],
      ['2999-01-01', /in the future/],
    ] as const)
      await assert.rejects(runHistoryFetch(io, undefined, { since }), (error: TandemError) => {
        assert.deepEqual([error.code, error.details?.field], ['INVALID_TIME', '--since']);
        assert.match(error.message, words);
        return true;
      });
  });

  it('takes as many messages as the service does', () => {
    assert.equal(readMessageCount(String(HISTORY_MESSAGES_MAX)), '1000000');
    for (const text of ['1000001', '0', '1.5', 'all', '-3'])
      assert.throws(() => readMessageCount(text), /from 1 to 1000000/, text);
  });

  it('says commands where the service says tools', () => {
    const error = forShell(new TandemError('NO_CHECKPOINT', { details: { a: 1 } }));
    assert.deepEqual([error.code, error.details], ['NO_CHECKPOINT', { a: 1 }]);
    assert.equal(error.hint, 'Start with `tandem history fetch` without resume.');
    const plain = new TandemError('NOT_RUNNING');
    assert.equal(forShell(plain), plain);
  });
});
