import { setTimeout as sleep } from 'node:timers/promises';
import type { EngineName } from '#engines/contract/capability.ts';
import { isRunning, processesNaming } from '#kernel/processes.ts';
import { formatCounted } from '../../render/numbers.ts';
import { writeSomething } from '../life.ts';
import { bringUp, settle } from '../play.ts';
import type { DemoStage } from '../stage.ts';
import { storedKeys, type Verdict, verify } from '../verify.ts';
import { waitUntil } from '../wait.ts';
import { connectAssistant } from './assistant.ts';
import { type Call, type CallLog, startCalls } from './calls.ts';
import { createDice, shuffled } from './dice.ts';
import { type Fault, faults } from './faults.ts';
import { printProof, proveSends, unknownIds } from './proof.ts';
import { type FaultReport, printFault, printFaultHead, showNow } from './screen.ts';

/** A quick watchdog and turns between the engines, so that a minute shows what otherwise takes an evening. */
export const CHAOS_SETTINGS: Readonly<Record<string, string>> = {
  TANDEM_ROUTING: 'round-robin',
  TANDEM_SENDS_PER_MINUTE: '600',
  TANDEM_WEBJS_HEARTBEAT_MS: '1000',
  TANDEM_WEBJS_CALL_TIMEOUT_MS: '3000',
  TANDEM_ENGINE_HEALTH_INTERVAL_MS: '1000',
};

export interface ChaosOptions {
  /** One round of faults, then the proof; otherwise round after round until Ctrl-C. */
  readonly once: boolean;
  /** Decides the order of faults and calls. */
  readonly seed: string | null;
}

const LOOK_EVERY_MS = 25;
const DRAW_EVERY_MS = 200;
/** Within this a fault is noticed, or it was none. */
const NOTICE_MS = 6_000;
const BACK_LIMIT_MS = 45_000;
/** Longer than any deadline of a call. */
const ANSWER_LIMIT_MS = 20_000;
const CALM_MS = 1_200;
const QUIET_LIMIT_MS = 20_000;
const LIFE_EVERY_MS = 700;
const GONE_LIMIT_MS = 10_000;
/** A supervisor lets a process rest that died more often in five minutes; then nothing would be seen. */
const KILLS_MAX = 4;
const KILLS_WINDOW_MS = 5 * 60_000;

/** Breaks one thing after another while an assistant works, and proves at the end that nothing was lost. */
export async function playChaos(stage: DemoStage, { once, seed }: ChaosOptions): Promise<boolean> {
  const { out, service, account } = stage;
  const seeded = seed ?? String(Math.random());
  // The calls roll dice of their own: how many there are depends on the machine.
  const dice = createDice(seeded);
  const before = await storedKeys(service.history);
  await bringUp(stage);
  const known = service.orchestrator.engines().map(({ engine }) => engine);
  const possible = faults.filter(({ victims }) => victims.every((victim) => known.includes(victim)));
  const pids = watchProcesses(stage);
  const assistant = await connectAssistant(service.url);
  const log = await startCalls({
    service,
    assistant,
    dice: createDice(`${seeded} calls`),
    signal: stage.signal,
  });
  const stopLife = keepWriting(stage);
  let fault: string | null = null;
  const drawing = setInterval(() => showNow(out, { service, calls: log.calls, fault }), DRAW_EVERY_MS);
  const reports: FaultReport[] = [];
  try {
    out.print(
      '',
      `An assistant calls without a break; the engines take turns. ${formatCounted(possible.length, 'fault')} follow.`,
      '',
    );
    printFaultHead(out);
    await calm(stage);
    const kills: number[] = [];
    do {
      for (const one of shuffled(possible, dice)) {
        if (one.kills && !mayKill(kills)) continue;
        fault = one.name;
        const report = await suffer(stage, one, log);
        fault = null;
        if (report === null) out.print(out.colours.dim(`${one.name}: there was nothing to break`));
        else {
          printFault(out, report);
          reports.push(report);
        }
        await calm(stage);
      }
    } while (!once && !stage.signal.aborted);
    await log.stop();
    await stopLife();
    await settle(stage);
    const verdict = await verifyWhenQuiet(stage, before, unknownIds(log.sends));
    const sends = await proveSends(log.sends, account.received());
    await assistant.close();
    clearInterval(drawing);
    out.clear();
    out.live([out.colours.dim('Stopping …')], null);
    const left = await pids.leftAfter(() => stage.close());
    out.clear();
    return printProof(out, { verdict, sends, calls: log.calls, reports, left });
  } finally {
    clearInterval(drawing);
    pids.stop();
    await log.stop().catch(() => undefined);
    await stopLife();
  }
}

/** What an engine missed comes in after it is back: the last of it within seconds. */
async function verifyWhenQuiet(
  { service, account, signal }: DemoStage,
  before: ReadonlySet<string>,
  unknown: ReadonlySet<string>,
): Promise<Verdict> {
  let verdict: Verdict | null = null;
  const look = async () => {
    verdict = await verify(service.history, account.everyMessage(), before, unknown);
    return verdict.ok;
  };
  await waitUntil(look, { signal, limitMs: QUIET_LIMIT_MS });
  return verdict ?? verify(service.history, account.everyMessage(), before, unknown);
}

function mayKill(kills: number[]): boolean {
  const now = performance.now();
  while ((kills[0] ?? now) < now - KILLS_WINDOW_MS) kills.shift();
  if (kills.length >= KILLS_MAX) return false;
  kills.push(now);
  return true;
}

/** Injects one fault and follows it until its victims are back. Null = there was nothing to break. */
async function suffer(stage: DemoStage, fault: Fault, log: CallLog): Promise<FaultReport | null> {
  const { service, signal } = stage;
  await waitUntil(() => fault.victims.every((victim) => isReady(stage, victim)), {
    signal,
    limitMs: NOTICE_MS,
  });
  const from = log.now();
  const startedAt = performance.now();
  const down = new Set<EngineName>();
  const look = () => {
    for (const victim of fault.victims) if (!isReady(stage, victim)) down.add(victim);
  };
  // A connection may be lost and found again between two looks.
  const unsubscribe = service.orchestrator.onStatus(({ engine, level }) => {
    if (level !== 'ready' && fault.victims.includes(engine)) down.add(engine);
  });
  const looking = setInterval(look, LOOK_EVERY_MS);
  try {
    const hit = await fault.inject({ service, account: stage.account, signal });
    if (!hit) return null;
    await waitUntil(() => down.size === fault.victims.length, { signal, limitMs: NOTICE_MS });
    const back = await waitUntil(() => fault.victims.every((victim) => isReady(stage, victim)), {
      signal,
      limitMs: BACK_LIMIT_MS,
    });
    const backAfterMs = back ? performance.now() - startedAt : null;
    // Calls that met the fault may still wait for their answer.
    const until = log.now();
    await waitUntil(() => (log.oldestOpen() ?? until) >= until, { signal, limitMs: ANSWER_LIMIT_MS });
    const calls = log.calls.filter(({ atMs, answer }) => atMs < until && atMs + answer.tookMs >= from);
    return reportOf(fault, calls, backAfterMs);
  } finally {
    clearInterval(looking);
    unsubscribe();
  }
}

function isReady({ service }: DemoStage, engine: EngineName): boolean {
  const view = service.orchestrator.engines().find((one) => one.engine === engine);
  return view?.processUp === true && view.reachable && view.status?.level === 'ready';
}

function reportOf(fault: Fault, calls: readonly Call[], backAfterMs: number | null): FaultReport {
  const byEngine: Partial<Record<EngineName, number>> = {};
  for (const { answer } of calls)
    if (answer.ok && answer.engine !== null) byEngine[answer.engine] = (byEngine[answer.engine] ?? 0) + 1;
  const others = calls.filter(
    ({ answer }) => answer.ok && answer.engine !== null && !fault.victims.includes(answer.engine),
  );
  return {
    name: fault.name,
    calls: calls.length,
    byEngine,
    takenOver: others.length,
    byStore: calls.filter(({ answer }) => answer.ok && answer.engine === null).length,
    told: calls.filter(({ answer }) => !answer.ok).length,
    slowestMs: Math.max(0, ...calls.map(({ answer }) => answer.tookMs)),
    backAfterMs,
  };
}

function calm({ signal }: DemoStage): Promise<void> {
  return sleep(CALM_MS, undefined, { signal }).catch(() => undefined);
}

/** Others go on writing meanwhile: what they write must not be lost either. */
function keepWriting({ account, signal, log }: DemoStage): () => Promise<void> {
  const stopped = new AbortController();
  const ended = AbortSignal.any([signal, stopped.signal]);
  const writing = (async () => {
    const chats = await account.chats();
    while (!ended.aborted) {
      await writeSomething(account, chats);
      await sleep(LIFE_EVERY_MS, undefined, { signal: ended }).catch(() => undefined);
    }
  })().catch((error: unknown) => log.logger.warn('the simulated account fell silent', { error }));
  return async () => {
    stopped.abort();
    await writing;
  };
}

/** Notes every process of the engines, so that the end can be held against it. */
function watchProcesses({ service }: DemoStage) {
  // Browsers name it. Whoever started this may name the data directory itself, and stays.
  const folder = service.dataDir.engineDir('webjs');
  const seen = new Set<number>();
  const note = () => {
    for (const { pid } of service.orchestrator.processes()) if (pid !== null) seen.add(pid);
    for (const { status } of service.orchestrator.engines())
      if (status?.browser?.pid != null) seen.add(status.browser.pid);
  };
  const timer = setInterval(note, DRAW_EVERY_MS);
  const left = () => new Set([...seen].filter(isRunning).concat(processesNaming(folder)));
  return {
    stop: () => clearInterval(timer),
    /** How many are left after the end. */
    leftAfter: async (end: () => Promise<void>): Promise<number> => {
      note();
      clearInterval(timer);
      await end();
      await waitUntil(() => left().size === 0, {
        signal: new AbortController().signal,
        limitMs: GONE_LIMIT_MS,
      });
      return left().size;
    },
  };
}
