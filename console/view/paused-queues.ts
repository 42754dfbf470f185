import type { ConsolePorts } from '../ports.ts';

type Queues = Awaited<ReturnType<ConsolePorts['queue']['queues']>>;

/** Pages are not kept waiting by a Redis that is just going away. */
const PATIENCE_MS = 1_000;

/** Names of those that somebody has paused; none when they do not tell in time. */
export async function pausedOf(queues: Queues): Promise<readonly string[]> {
  const late = Promise.withResolvers<readonly boolean[]>();
  const timer = setTimeout(() => late.resolve([]), PATIENCE_MS);
  try {
    const asked = Promise.all(queues.map((one) => one.isPaused()));
    const states = await Promise.race([asked, late.promise]);
    return queues.flatMap(({ name }, at) => (states[at] === true ? [name] : []));
  } catch {
    return [];
  } finally {
    clearTimeout(timer);
  }
}

/** For who looks often. The embedded queue is in this process alone: nobody pauses it, and asking would keep it awake. */
export async function pausedElsewhere(queue: ConsolePorts['queue']): Promise<readonly string[]> {
  if (queue.backend === 'embedded' || queue.health().state !== 'up') return [];
  return pausedOf(await queue.queues().catch(() => []));
}
