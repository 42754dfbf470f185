import type { CommandHandlers } from './command.ts';
import type { Outbox } from './outbox.ts';
import type { EngineStatus } from './state.ts';

/** An engine inside its own process. host.ts serves it over HTTP; the conformance suite runs against that. */
export interface Engine {
  status(): EngineStatus;
  /** Called after every change of status; returns how to stop listening. */
  onStatus(listener: (status: EngineStatus) => void): () => void;
  /** What the engine can do is what is present here. */
  readonly commands: CommandHandlers;
  readonly outbox: Outbox;
  /** Connects when a session exists; never waits for a person. */
  start(): Promise<void>;
  /** Ends the connection, keeps the session, flushes the outbox. */
  close(): Promise<void>;
}
