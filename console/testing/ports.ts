import assert from 'node:assert/strict';
import { createCursors } from '#orchestrator/services/cursor.ts';
import type { ConsolePorts } from '../ports.ts';
import { engineView, NOW_MS, overview, storeFacts } from './facts.ts';

const unused = () => assert.fail('nobody asks for this here');

/** A service on a quiet day: one engine, no jobs, a queue that sleeps. Tests replace what they are about. */
export function quietPorts(change: Partial<ConsolePorts> = {}): ConsolePorts {
  return {
    engines: () => [engineView()],
    committed: () => ({ outboxId: 'o1', seq: 0 }),
    onStored: () => () => undefined,
    overview: () => Promise.resolve(overview()),
    contributions: () => Promise.resolve(storeFacts().contributions),
    sessions: () => 1,
    link: unused,
    logout: unused,
    diagnostics: () => Promise.resolve({ checks: [] }),
    jobs: {
      get: unused,
      list: () => Promise.resolve([]),
      cancel: unused,
      pause: unused,
      resume: unused,
    },
    chatOfJob: () => Promise.resolve(null),
    olderHistory: { retrieveAll: unused, fetch: unused, cancel: unused, checkpoints: unused },
    chats: { chat: unused },
    queue: {
      backend: 'embedded',
      health: () => ({ state: 'asleep', error: null, since: NOW_MS - 60_000 }),
      queues: () => Promise.resolve([]),
    },
    history: {
      chats: { list: () => Promise.resolve({ items: [], next: null, total: 0 }) },
      messages: { list: () => Promise.resolve({ items: [], next: null, total: null }) },
      coverage: {
        ofChats: () => Promise.resolve([]),
        summary: () => Promise.resolve({ chats: 0, complete: 0, partial: 0, unknown: 0 }),
        connected: () => Promise.resolve([]),
      },
    },
    exports: { open: unused, verify: unused },
    cursors: createCursors(new Uint8Array(32)),
    ...change,
  };
}
