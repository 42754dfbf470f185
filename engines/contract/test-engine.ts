import type { CommandHandlers } from './command.ts';
import type { Engine } from './engine.ts';
import type { Outbox } from './outbox.ts';
import type { EngineStatus } from './state.ts';

/** The contract's own test double, for faults of the transport only. What an engine does is tested on real engines. */
export interface TestEngine extends Engine {
  setStatus(change: Partial<EngineStatus>): void;
}

export function createTestEngine(outbox: Outbox, commands: CommandHandlers = {}): TestEngine {
  const listeners = new Set<(status: EngineStatus) => void>();
  let status: EngineStatus = {
    engine: 'baileys',
    revision: 1,
    level: 'unlinked',
    reason: 'not-linked',
    sinceMs: 1,
    account: null,
    offer: null,
    sync: { phase: 'waiting', percent: null, chats: 0, messages: 0 },
    capabilities: [],
    impaired: [],
    browser: null,
    connectedSinceMs: null,
    lastDisconnect: null,
    reconnectAttempts: 0,
    nextAttemptAtMs: null,
    lastError: null,
    outbox: outbox.stats(),
    testServer: false,
    version: '0',
    pid: process.pid,
  };
  return {
    status: () => ({ ...status, outbox: outbox.stats() }),
    onStatus: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    commands,
    outbox,
    start: () => Promise.resolve(),
    close: () => Promise.resolve(outbox.close()),
    setStatus: (change) => {
      status = { ...status, ...change, revision: status.revision + 1 };
      for (const listener of listeners) listener(status);
    },
  };
}
