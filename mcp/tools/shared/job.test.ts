import assert from 'node:assert/strict';
import type { JobView } from '#sync-jobs/services/job-shape.ts';
import { stepOf } from './job.ts';

const community = (facts: Record<string, unknown>, done = 0): JobView => ({
  job_id: 'job_1',
  kind: 'mark-community',
  status: 'waiting',
  ended: false,
  done,
  total: 5,
  facts,
  created_at: '2026-03-01T09:00:00Z',
  updated_at: '2026-03-01T09:00:00Z',
});

describe('how far a job is', () => {
  it('moves with the history that a community waits for, and never past the first group that is marked', () => {
    const of = (chats_ended: number) =>
      stepOf(community({ phase: 'history_sync', history: { chats: 4, chats_ended, messages_fetched: 150 } }));
    assert.deepEqual(of(1), {
      done: 0.25,
      total: 5,
      message: 'fetching history: 1 of 4 chats, 150 messages fetched',
    });
    const marked = stepOf(community({ phase: 'mark_as_read', history: { chats: 4, chats_ended: 4 } }, 1));
    assert.ok(of(4).done < marked.done);
    assert.equal(stepOf(community({ phase: 'history_sync', history: null })).done, 0);
  });
});
