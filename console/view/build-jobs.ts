import type { ConsolePorts } from '../ports.ts';
import type { QueueView } from './jobs.ts';

export function queueView({ backend, health }: ConsolePorts['queue']): QueueView {
  const { state, error, since } = health();
  return { backend, state, error, since: new Date(since).toISOString() };
}
