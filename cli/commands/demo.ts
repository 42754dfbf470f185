import { nowSeconds, systemClock } from '#kernel/clock.ts';
import { checkCoverage, printCoverageVerdict } from '../demo/coverage.ts';
import { live } from '../demo/life.ts';
import { playDemo } from '../demo/play.ts';
import { type DemoStage, openStage, type StageOptions } from '../demo/stage.ts';
import { printConnect, printReport, printVerdict } from '../demo/summary.ts';
import { storedKeys, verify } from '../demo/verify.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Io } from '../io.ts';
import { shellWord } from '../render/text.ts';
import { createStopSignal, type StopSignal } from '../signals.ts';

export interface DemoOptions extends StageOptions {
  readonly once?: boolean;
  readonly chaos?: boolean;
}

const USUAL_PORT = 8080;

/** `tandem demo`: a simulated account, a real service, a tour; then it stays up until Ctrl-C, or checks and ends. */
export async function runDemo(io: Io, options: DemoOptions): Promise<number> {
  const { out } = io;
  const { colours } = out;
  const stop = createStopSignal(() => {
    out.clear();
    out.print('', colours.dim('Stopping …'));
  });
  let stage: DemoStage | null = null;
  try {
    out.print(
      `${colours.bold(options.chaos === true ? 'Tandem chaos demo' : 'Tandem demo')} ${colours.dim('· a simulated WhatsApp account on this machine; nothing leaves it')}`,
      '',
    );
    const chaos = options.chaos === true ? await import('../demo/chaos/play.ts') : null;
    stage = await openStage({
      io,
      options,
      port: options.once === true ? 0 : USUAL_PORT,
      settings: chaos?.CHAOS_SETTINGS ?? {},
      signal: stop.signal,
    });
    if (chaos === null) return await tour(stage, options.once === true, stop);
    const { seed } = options;
    const well = await chaos.playChaos(stage, { once: options.once === true, seed: seed ?? null });
    return well ? exitCodes.ok : exitCodes.failed;
  } catch (thrown) {
    if (stop.signal.aborted) return exitCodes.interrupted;
    throw thrown;
  } finally {
    out.clear();
    await stage?.close();
    if (stop.signal.aborted)
      out.print(options.dataDir === undefined ? 'Stopped. Nothing is left behind.' : 'Stopped.');
    stop.dispose();
  }
}

async function tour(stage: DemoStage, once: boolean, stop: StopSignal): Promise<number> {
  const { out, service, account, log } = stage;
  const { history } = service;
  const before = await storedKeys(history);
  const report = await playDemo(stage, before.size > 0);
  printReport(out, report);
  const now = nowSeconds(systemClock);
  const coverage = await checkCoverage(history, account.everyChat(), account.everyMessage(), now);
  printCoverageVerdict(out, coverage);
  const verdict = await verify(history, account.everyMessage(), before);
  printVerdict(out, verdict, report.origins);
  if (once) {
    const isMarked = report.community?.ok !== false;
    return verdict.ok && coverage.ok && isMarked ? exitCodes.ok : exitCodes.failed;
  }
  printConnect(out, service);
  out.print(
    '',
    `Status page   ${out.colours.cyan(service.pageUrl)}`,
    `Command line  ${out.colours.cyan(`npx tandem status --data-dir ${shellWord(service.dataDir.root)}`)}`,
    '',
    out.colours.dim('Messages keep arriving. Ctrl-C ends the demo.'),
  );
  live(account, stop.signal).catch((thrown: unknown) => {
    log.logger.warn('the simulated account fell silent', { error: thrown });
  });
  await stop.stopped;
  return exitCodes.ok;
}
