import type { EngineName } from '#engines/contract/capability.ts';
import type { EngineClient } from '#engines/contract/client.ts';
import { type EngineStatus, isConnected } from '#engines/contract/state.ts';
import type { Config } from '#kernel/config.ts';
import { toTandemError } from '#kernel/errors.ts';
import type { Logger } from '#kernel/logger.ts';
import { pause } from '../pause.ts';
import type { SelfTestResult } from '../services/ports.ts';
import { type Check, type CheckDeps, echoCheck, type Finding, historyCheck, mediaCheck } from './checks.ts';

/** Tries what an engine can do after it has connected, beside the calls and without hurry. */
export interface SelfTest {
  /** Of the connection that lives now. */
  results(): readonly SelfTestResult[];
  /** Call with every status. */
  judge(status: EngineStatus): void;
  stop(): void;
}

export interface SelfTestDeps extends CheckDeps {
  readonly engine: EngineName;
  readonly mode: Config['selfTest'];
  /** Null while the process does not run, or while the engine is on another account. */
  readonly client: () => EngineClient | null;
  readonly logger: Logger;
  readonly pauses?: SelfTestPauses;
}

export interface SelfTestPauses {
  /** Between the connection and the first check: the first calls and the rest of the sync come first. */
  readonly settleMs: number;
  /** Between two runs, however often the engine connects. */
  readonly apartMs: number;
  /** Before the first retry; doubles up to the longest. */
  readonly retryMs: number;
  readonly longestRetryMs: number;
}

const PAUSES: SelfTestPauses = {
  settleMs: 10_000,
  apartMs: 10 * 60_000,
  retryMs: 60_000,
  longestRetryMs: 30 * 60_000,
};

/** A phone that is off does not answer; one that never answers this engine does not serve it. */
const SILENCES_TO_FAIL = 3;

export function createSelfTest(deps: SelfTestDeps): SelfTest {
  const { engine, clock, logger } = deps;
  const pauses = deps.pauses ?? PAUSES;
  const checks: readonly Check[] = {
    off: [],
    on: [historyCheck(deps), mediaCheck(deps)],
    echo: [historyCheck(deps), mediaCheck(deps), echoCheck(deps)],
  }[deps.mode];
  let results: readonly SelfTestResult[] = [];
  let status: EngineStatus | null = null;
  let connection: { readonly sinceMs: number | null; readonly abort: AbortController } | null = null;
  let lastRunAtMs: number | null = null;

  function note(check: Check, state: SelfTestResult['state'], code: SelfTestResult['code']): void {
    const rest = results.filter((one) => one.check !== check.check);
    results = [...rest, { check: check.check, capability: check.capability, state, code, atMs: clock.now() }];
  }

  async function follow(signal: AbortSignal): Promise<void> {
    const waitMs = lastRunAtMs === null ? 0 : lastRunAtMs + pauses.apartMs - clock.now();
    await pause(Math.max(pauses.settleMs, waitMs), signal);
    let open = checks;
    const silences = new Map<Check, number>();
    for (let retryMs = pauses.retryMs; open.length > 0 && !signal.aborted; retryMs *= 2) {
      lastRunAtMs = clock.now();
      const again: Check[] = [];
      // One after the other: it is a look in passing, not a load test.
      for (const check of open) {
        const finding = await look(check, signal);
        if (signal.aborted) return;
        const silent = finding.state === 'silent' ? (silences.get(check) ?? 0) + 1 : 0;
        silences.set(check, silent);
        const state = stateOf(finding, silent);
        note(check, state, finding.code);
        if (state === 'failed')
          logger.warn('self-test of an engine failed', { engine, check: check.check, reason: finding.code });
        if (state === 'failed' || finding.code !== null) again.push(check);
      }
      open = again;
      if (open.length > 0) await pause(Math.min(retryMs, pauses.longestRetryMs), signal);
    }
  }

  async function look(check: Check, signal: AbortSignal): Promise<Finding> {
    const client = deps.client();
    if (client === null || status === null) return { state: 'skipped', code: 'ENGINE_UNREACHABLE' };
    if (!status.capabilities.includes(check.capability)) return { state: 'skipped', code: null };
    // What failed stays out of the way until it has passed.
    if (results.find((one) => one.check === check.check)?.state !== 'failed') note(check, 'running', null);
    try {
      return await check.run({ engine, client, status, signal });
    } catch (thrown) {
      // The store, not the engine.
      const error = toTandemError(thrown);
      if (!signal.aborted) logger.warn('self-test could not be made', { engine, check: check.check, error });
      return { state: 'skipped', code: error.code };
    }
  }

  function leave(): void {
    connection?.abort.abort();
    connection = null;
    results = [];
  }

  return {
    results: () => results,
    judge: (news) => {
      status = news;
      if (checks.length === 0) return;
      if (!isConnected(news.level)) return leave();
      if (news.level === 'syncing') return;
      if (connection !== null && connection.sinceMs === news.connectedSinceMs) return;
      leave();
      const abort = new AbortController();
      connection = { sinceMs: news.connectedSinceMs, abort };
      void follow(abort.signal);
    },
    stop: leave,
  };
}

function stateOf({ state }: Finding, silences: number): SelfTestResult['state'] {
  if (state !== 'silent') return state;
  return silences >= SILENCES_TO_FAIL ? 'failed' : 'skipped';
}
