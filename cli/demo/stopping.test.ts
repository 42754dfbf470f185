import assert from 'node:assert/strict';
import type { TandemError } from '#kernel/errors.ts';
import type { JobView } from '#sync-jobs/services/job-shape.ts';
import { createTerminal } from '../render/terminal.ts';
import { showJob } from './play.ts';
import { requireSimulator } from './simulator-process.ts';

const time = '2026-06-01T12:00:00Z';
const job: JobView = {
  job_id: 'job_0a1b',
  kind: 'history',
  status: 'running',
  ended: false,
  done: 0,
  created_at: time,
  updated_at: time,
};

describe('the demo', () => {
  it('shows a job until it is stopped, and nothing behind that', () => {
    let text = '';
    const out = createTerminal({
      write: (part) => {
        text += part;
        return true;
      },
    });
    const stop = new AbortController();
    showJob({ out, signal: stop.signal }, job);
    assert.equal(text, '  history 0 %\n');
    out.clear();
    stop.abort();
    showJob({ out, signal: stop.signal }, job);
    assert.equal(text, '  history 0 %\n');
  });

  it('says where it can be played, where there is no simulated account', () => {
    requireSimulator();
    assert.throws(
      () => requireSimulator('/nowhere/simulator/main.mjs'),
      (error: TandemError) =>
        error.code === 'ENGINE_START_FAILED' && /clone of the repository.*npm run demo/.test(error.hint),
    );
  });
});
