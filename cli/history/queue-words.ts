import type { QueueView } from '#console/view/jobs.ts';

const STATES: Readonly<Record<QueueView['state'], string>> = {
  asleep: 'asleep, it wakes with the next job',
  starting: 'starting',
  up: 'up',
  down: 'down: jobs are kept and go on when it is back',
};

/** `redis, paused: history` */
export function queueWords({ backend, state, error, paused }: QueueView): string {
  const how = paused === undefined || state === 'down' ? STATES[state] : `paused: ${paused.join(', ')}`;
  return `${backend}, ${how}${error === null ? '' : ` (${error})`}`;
}

/** Why no job moves, and what to do; null while they can. `page` = where people reach the service. */
export function queueTrouble({ backend, state, paused }: QueueView, page: string | null): string | null {
  if (state === 'down') {
    const remedy =
      backend === 'redis'
        ? 'See that Redis runs where TANDEM_REDIS_URL points; `tandem doctor` says what is wrong.'
        : 'It is opened again by itself; restart the service if that goes on.';
    return `The job queue is away, so no job moves. ${remedy}`;
  }
  if (paused === undefined) return null;
  const where = page === null ? 'on the status page, at /queues' : `at ${page}/queues`;
  return `Somebody paused the queue of ${paused.join(', ')} outside of Tandem, and its jobs stand still. Resume it ${where}.`;
}
