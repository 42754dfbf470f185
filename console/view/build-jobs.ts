import type { ConsolePorts } from '../ports.ts';
import type { QueueView } from './jobs.ts';
import { pausedElsewhere } from './paused-queues.ts';

export async function queueView(queue: ConsolePorts['queue']): Promise<QueueView> {
  const paused = await pausedElsewhere(queue);
  const { state, error, since } = queue.health();
  return {
    backend: queue.backend,
    state,
    error,
    since: new Date(since).toISOString(),
    ...(paused.length === 0 ? {} : { paused }),
  };
}
