import assert from 'node:assert/strict';
import { createTestConsole } from '#console/testing/app.ts';
import { NOW_MS } from '#console/testing/facts.ts';
import type { QueueView } from '#console/view/jobs.ts';
import { createTerminal } from '../render/terminal.ts';
import { printStatus } from './status.ts';

const URL = 'http://127.0.0.1:8080';
const since = new Date(NOW_MS).toISOString();

describe('tandem status', () => {
  const shown = async (queue: QueueView | null, jobs: Readonly<Record<string, number>> | null) => {
    let text = '';
    const write = (part: string) => {
      text += part;
      return true;
    };
    const console = createTestConsole();
    printStatus(createTerminal({ write }), URL, await console.status.current(), { queue, jobs }, NOW_MS);
    console.close();
    return text;
  };
  const redis = { backend: 'redis', state: 'up', error: null, since } as const;

  it('tells of jobs and the queue', async () => {
    const text = await shown(redis, { running: 1, queued: 1_200 });
    assert.match(text, /Jobs +1 running, 1,200 queued; queue redis, up\n/);
    assert.doesNotMatch(text, /✖/);
    assert.match(await shown({ ...redis, backend: 'embedded', state: 'asleep' }, {}), /Jobs +none open;/);
  });

  it('says why no job moves, and what to do', async () => {
    const paused = await shown({ ...redis, paused: ['history'] }, { queued: 1 });
    assert.match(paused, /✖ Somebody paused the queue of history .* Resume it at http:.*8080\/queues\.\n/);
    assert.match(paused, /1 queued; queue redis, paused: history\n/);
    const away = await shown({ ...redis, state: 'down', error: 'ECONNREFUSED' }, { queued: 1 });
    assert.match(away, /✖ The job queue is away, so no job moves\. .*`tandem doctor`/);
    assert.match(away, /queue redis, down: .*ECONNREFUSED/);
  });

  it('says that it does not know while the store cannot be read', async () => {
    assert.match(await shown(null, null), /Jobs +not known\n/);
  });
});
