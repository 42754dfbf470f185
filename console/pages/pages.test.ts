import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { ChatRecord } from '#history/contracts/records.ts';
import type { JobView } from '#sync-jobs/services/job-shape.ts';
import type { ConsolePorts } from '../ports.ts';
import { createTestConsole } from '../testing/app.ts';
import { NOW_MS } from '../testing/facts.ts';
import { quietPorts } from '../testing/ports.ts';
import { jobsViewSchema } from '../view/jobs.ts';

const EVIL = '<img src=x onerror=alert(1)>"\'&';
const NOW = NOW_MS / 1_000;
const iso = (secondsAgo: number) => new Date(NOW_MS - secondsAgo * 1_000).toISOString();

const job = (change: Partial<JobView> & { readonly job_id: string }): JobView => ({
  kind: 'history',
  status: 'running',
  ended: false,
  done: 0,
  created_at: iso(60),
  updated_at: iso(1),
  ...change,
});
const pageWith = async (...jobs: readonly JobView[]) => {
  const list: ConsolePorts['jobs']['list'] = ({ status }) =>
    Promise.resolve(jobs.filter((one) => status?.includes(one.status) ?? true));
  const { app } = createTestConsole({ jobs: { ...quietPorts().jobs, list } });
  const page = await (await app.request('/')).text();
  return page.slice(page.indexOf('<div id="jobs"'));
};

describe('console: jobs on the status page', () => {
  it('say how far they are, how fast, and when they will have ended', async () => {
    const facts = {
      messages_fetched: 14_950,
      messages_added: 14_000,
      messages_per_second: 167.5,
      seconds_left: 240,
    };
    const page = await pageWith(job({ job_id: 'j1', done: 298, total: 1_024, progress_percent: 29, facts }));
    assert.match(page, /<progress max="100" value="29" data-key="j1"/);
    for (const words of ['298 of 1,024 chats', '14,950 messages fetched', '14,000 of them new', '168 /s'])
      assert.ok(page.includes(words), words);
    assert.ok(page.includes(`ends <time datetime="${iso(1 - 240)}"`));
    assert.match(page, /data-post="\/api\/jobs\/j1\/pause".*data-post="\/api\/jobs\/j1\/cancel"/s);
    assert.ok(!page.includes('/api/history/retrieve'), 'it runs already');
  });

  it('say why they wait, and offer what can be done', async () => {
    const waiting = job({
      job_id: 'j1',
      status: 'waiting',
      reason: 'phone-silent',
      hint: 'The phone does not answer.',
      next_attempt_at: iso(-30),
    });
    const page = await pageWith(
      waiting,
      job({
        job_id: 'j2',
        status: 'paused',
        hint: 'Resume it with a tool.',
        facts: { messages_per_second: 9 },
      }),
    );
    assert.ok(page.includes('The phone does not answer.'));
    assert.ok(page.includes(`goes on <time datetime="${iso(-30)}"`));
    assert.match(page, /jobs\/j2\/resume/);
    assert.ok(!page.includes('with a tool'), 'the button says it');
    assert.ok(!page.includes(' /s<'), 'what rests has no pace');
  });

  it('stand under what started them, and are folded once ended', async () => {
    const page = await pageWith(
      job({ job_id: 'child', parent_job_id: 'parent', created_at: iso(10) }),
      job({ job_id: 'parent', kind: 'mark-community', status: 'waiting', reason: 'child', total: 60 }),
      job({ job_id: 'old', status: 'completed', ended: true, ended_at: iso(5), total: 1, done: 1 }),
      job({ job_id: 'orphan', parent_job_id: 'gone', status: 'failed', ended: true }),
    );
    assert.match(page, /Mark a community as read.*<ul class="jobs">.*Older history.*1 of 1 chat</s);
    assert.ok(!page.includes('/api/jobs/child/'), 'the parent steers its children');
    const folded = page.slice(page.indexOf('<details class="ended">'));
    assert.match(folded, /2 ended/);
    assert.match(folded, /\/api\/jobs\/orphan\/resume/);
    assert.ok(!folded.includes('/api/jobs/old/'));
  });

  it('offer the whole history when nothing fetches it, and tell how the queue is', async () => {
    const page = await pageWith();
    assert.match(page, /Nothing is running.*data-post="\/api\/history\/retrieve"/s);
    assert.match(page, /Queue \(embedded\): asleep/);
  });

  it('name the chat that they are about', async () => {
    const list = () => Promise.resolve([job({ job_id: 'j1', total: 1 }), job({ job_id: 'j2', total: 3 })]);
    const chatOfJob = (id: string) =>
      Promise.resolve(id === 'j1' ? { chat_jid: '1@s.whatsapp.net', chat_name: EVIL } : null);
    const { app } = createTestConsole({ jobs: { ...quietPorts().jobs, list }, chatOfJob });
    const page = await (await app.request('/')).text();
    assert.match(page, /Older history of &lt;img src=x/);
    assert.match(page, /Older history<span/);
    const { jobs } = jobsViewSchema.parse(await (await app.request('/api/jobs')).json());
    assert.deepEqual(
      jobs.map(({ chat_jid, chat_name }) => [chat_jid, chat_name]),
      [
        ['1@s.whatsapp.net', EVIL],
        [undefined, undefined],
      ],
    );
  });

  it('escape what they show', async () => {
    const error = { code: 'INTERNAL_ERROR', message: EVIL, hint: '' } as const;
    const page = await pageWith(job({ job_id: 'j1', status: 'failed', ended: true, error }));
    assert.ok(!page.includes('<img src=x') && page.includes('&lt;img src=x'));
  });
});

describe('console: pages of coverage', () => {
  const chat = (id: number, name: string | null) =>
    ({
      id,
      jid: `49151${id}@s.whatsapp.net`,
      aliases: [],
      kind: 'direct',
      name,
      person: null,
      messageCount: 5,
      lastMessageAt: NOW - id,
    }) as unknown as ChatRecord;
  const COUNT = 60;
  const chats = Array.from({ length: COUNT }, (_, at) => chat(at + 1, at === 37 ? EVIL : `Chat ${at + 1}`));
  const history: ConsolePorts['history'] = {
    ...quietPorts().history,
    chats: { list: () => Promise.resolve({ items: chats, next: null, total: COUNT }) },
    coverage: {
      ...quietPorts().history.coverage,
      summary: () => Promise.resolve({ chats: COUNT, complete: 0, partial: 53, unknown: 7 }),
      // The first is held best, the last worst.
      ofChats: (ids) =>
        Promise.resolve(
          ids.map((chatId) => ({
            chatId,
            held: [{ from: NOW - 1_000 + chatId * 10, to: NOW, sources: ['push' as const] }],
            missing: [
              { from: 0, to: NOW - 1_000 + chatId * 10, reason: 'never-pushed' as const, askable: true },
            ],
            startProven: false,
            complete: false,
            purgedBefore: null,
          })),
        ),
    },
    messages: {
      list: () => Promise.resolve({ items: [{ sentAt: NOW - 1_000 } as never], next: null, total: null }),
    },
  };
  const ask = async (path: string, token: string | null = null) =>
    createTestConsole({ history }, { token }).app.request(path);

  it('give the sums at once, and the picture to the script', async () => {
    const page = await (await ask('/coverage')).text();
    assert.match(page, /data-total="chats">60<.*data-total="unknown">7</s);
    assert.match(page, /<noscript><meta http-equiv="refresh" content="0; url=\/coverage\/table">/);
    for (const [, path] of page.matchAll(/(?:src|href)="(\/assets[^"]+)"/g))
      assert.equal((await ask(path ?? '')).status, 200, path);
  });

  it('tell the fifty least covered in a table, in words and escaped', async () => {
    const page = await (await ask('/coverage/table')).text();
    const rows = page.slice(page.indexOf('<tbody>')).split('<tr>').slice(1);
    assert.equal(rows.length, 50);
    assert.match(rows[0] ?? '', /Chat 60<.*40 %.*before .*not asked for yet/s);
    assert.ok(!page.includes('Chat 5<'), 'the best ones are left out');
    assert.ok(page.includes('&lt;img src=x') && !page.includes('<img src=x'));
  });

  it('are behind the token', async () => {
    for (const path of ['/coverage', '/coverage/table']) {
      const answer = await ask(path, 'k'.repeat(40));
      assert.equal(answer.status, 401, path);
      assert.match(await answer.text(), /Access token/);
    }
  });
});
