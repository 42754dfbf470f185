import { readFileSync } from 'node:fs';
import type { Clock } from '#kernel/clock.ts';
import { MILLISECONDS_PER_SECOND } from '#kernel/limits.ts';
import type { Logger } from '#kernel/logger.ts';
import { type Capability, capabilities, type EngineName } from '../capability.ts';
import type { CommandHandlers } from '../command.ts';
import type { Engine } from '../engine.ts';
import type { Observation } from '../observation.ts';
import type { Outbox } from '../outbox.ts';
import { type EngineStatus, isConnected } from '../state.ts';
import type { Sink } from './sink.ts';
import type { StatusBoard } from './status-board.ts';

export interface ReportingDeps {
  readonly engine: EngineName;
  readonly board: StatusBoard;
  readonly commands: CommandHandlers;
  readonly outbox: Pick<Outbox, 'stats'>;
  readonly sink: Pick<Sink, 'deliver'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface Reporting extends Pick<Engine, 'status' | 'onStatus'> {
  close(): void;
}

/** What an engine says about itself: its status to those who look, each change of level to the log and the history. */
export function createReporting(deps: ReportingDeps): Reporting {
  const { engine, board, commands, outbox, sink, clock, logger } = deps;
  const version = packageVersion();
  board.set({ capabilities: capabilities.filter((name: Capability) => commands[name] !== undefined) });
  const status = (): EngineStatus => ({
    engine,
    ...board.get(),
    outbox: outbox.stats(),
    version,
    pid: process.pid,
  });
  /** Told since an account was there last. Nobody reads the outbox then, and tries to link come again and again. */
  const toldWithout = new Set<string>();
  let begun = false;
  const connection = ({ level, reason }: Pick<EngineStatus, 'level' | 'reason'>): Observation => ({
    kind: 'connection',
    level,
    reason,
    at: isConnected(level) ? latest(clock) : earliest(clock),
  });
  const close = board.onChange((now, before) => {
    if (now.level === before.level && now.reason === before.reason) return;
    logger.info('engine state', { state: now.level, reason: now.reason });
    if (now.account !== null || isConnected(now.level)) toldWithout.clear();
    else {
      const state = `${now.level} ${now.reason}`;
      if (toldWithout.has(state)) return;
      toldWithout.add(state);
    }
    const told: Observation[] = [connection(now)];
    // A process that died said nothing: that another one begins is what ends the time in which nothing was missed.
    if (!begun) told.unshift(connection({ level: 'starting', reason: 'none' }));
    begun = true;
    sink.deliver(told);
  });
  return { status, onStatus: (listener) => board.onChange(() => listener(status())), close };
}

/**
 * Seconds. Coverage is built on when connections began and ended. Somebody may set the clock, and a sleeping machine stops the
 * steady one: of the two, the one counts by which less was seen.
 */
function latest(clock: Clock): number {
  return Math.ceil(Math.max(clock.now(), clock.steady?.() ?? 0) / MILLISECONDS_PER_SECOND);
}

function earliest(clock: Clock): number {
  return Math.floor(Math.min(clock.now(), clock.steady?.() ?? clock.now()) / MILLISECONDS_PER_SECOND);
}

function packageVersion(): string {
  const file = new URL('../../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
