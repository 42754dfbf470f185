import assert from 'node:assert/strict';
import type { JobKind, JobRecord, Json } from '#history/contracts/jobs.ts';
import { type JobBench, openJobBench } from '#history/test-jobs.ts';
import { createTimes } from '#orchestrator/services/present/times.ts';
import { factsOf, partResultOf, resultOf } from './job-facts.ts';

const times = createTimes('UTC');
const AT_MS = Date.UTC(2026, 2, 1, 9, 30);

describe('what a job tells of itself', () => {
  let at: JobBench;
  let job: JobRecord;
  before(async () => {
    at = await openJobBench();
    await at.create('j');
    job = await at.get('j');
  });
  after(() => at.close());
  const facts = (kind: JobKind, kept: Json) => factsOf({ ...job, kind, facts: kept }, times);

  it('is its phase and its counts, with times that people read', () => {
    const kept = {
      phase: 'history_sync',
      phaseStartedMs: AT_MS,
      steps: [],
      groups: 2,
      historyJobId: 'job_1',
      looks: 3,
      patience: { idleMs: 5 },
      history: null,
    };
    assert.deepEqual(facts('mark-community', kept), {
      phase: 'history_sync',
      phase_started_at: '2026-03-01T09:30:00Z',
      steps: [],
      groups: 2,
      history_job_id: 'job_1',
      history: null,
    });
    assert.equal(facts('mark-community', { ...kept, historyJobId: null })?.history_job_id, undefined);
  });

  it('is no place in the store', () => {
    const media = { plannedTo: 114_272_717_733_888, planned: false, bytes: 7, outcomes: { downloaded: 1 } };
    assert.deepEqual(facts('fetch-media', media), { planned: false, bytes: 7, outcomes: { downloaded: 1 } });
    assert.equal(facts('rebuild-search', { next: 117_423_442_591_744, starts: 1 }), undefined);
  });

  it('is everything that other kinds count', () => {
    assert.deepEqual(facts('history', { chats: 3, seconds_left: 9 }), { chats: 3, seconds_left: 9 });
    assert.equal(facts('history', null), undefined);
  });

  it('is nothing of what was tried with a chat', () => {
    assert.equal(partResultOf('history', { rounds: 1, left: [] }), undefined);
    assert.deepEqual(partResultOf('mark-read', { marked: 2 }), { marked: 2 });
    assert.equal(partResultOf('mark-read', null), undefined);
  });

  it('is, of a purge, up to when it deleted', () => {
    const result = { before: AT_MS / 1_000, messages: 4, files: 1 };
    assert.deepEqual(resultOf({ ...job, kind: 'purge', result }, times), {
      before: '2026-03-01T09:30:00Z',
      messages: 4,
      files: 1,
    });
    assert.deepEqual(resultOf({ ...job, kind: 'export', result: { bytes: 3 } }, times), { bytes: 3 });
  });
});
