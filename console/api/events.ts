import type { Context } from 'hono';
import { streamSSE } from 'hono/streaming';
import type { JobsSource } from '../view/jobs-source.ts';
import type { StatusView } from '../view/status.ts';
import type { StatusSource } from '../view/status-source.ts';

/** Keeps proxies from closing a stream on which nothing happens. */
const HEARTBEAT_MS = 15_000;

export interface EventSources {
  readonly status: StatusSource;
  readonly jobs: JobsSource;
}

/**
 * Server-sent events: `status` with the whole status, first at once, then after every change; `jobs` without data when a job or
 * the queue changed. A slow reader gets the newest state, never a queue of old ones.
 */
export function statusEvents(context: Context, { status: source, jobs }: EventSources): Response {
  return streamSSE(context, async (stream) => {
    let newest: StatusView | null = await source.current();
    let wake: (() => void) | null = null;
    const rouse = () => {
      wake?.();
      wake = null;
    };
    let jobsChanged = false;
    const stops = [
      source.subscribe((status) => {
        newest = status;
        rouse();
      }),
      jobs.subscribe(() => {
        jobsChanged = true;
        rouse();
      }),
    ];
    stream.onAbort(rouse);
    try {
      while (!stream.aborted && !stream.closed) {
        if (newest !== null) {
          const status: StatusView = newest;
          newest = null;
          await stream.writeSSE({ event: 'status', data: JSON.stringify(status) });
          continue;
        }
        if (jobsChanged) {
          jobsChanged = false;
          await stream.writeSSE({ event: 'jobs', data: '' });
          continue;
        }
        const heartbeat = await waitFor((resolve) => {
          wake = resolve;
        }, HEARTBEAT_MS);
        if (heartbeat) await stream.writeSSE({ event: 'alive', data: '' });
      }
    } finally {
      for (const stop of stops) stop();
    }
  });
}

/** True when the time ran out first. */
function waitFor(arm: (resolve: () => void) => void, milliseconds: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(true), milliseconds);
    arm(() => {
      clearTimeout(timer);
      resolve(false);
    });
  });
}
