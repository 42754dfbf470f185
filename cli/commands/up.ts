import { loadConfig } from '#kernel/config.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Io } from '../io.ts';
import { renderPairs } from '../render/table.ts';
import { offerFirstLink } from '../service/first-link.ts';
import { createServiceLog } from '../service/log-file.ts';
import { build } from '../service/service.ts';
import { type CommonOptions, environmentOf } from '../settings.ts';
import { createStopSignal } from '../signals.ts';
import { createNarrator } from '../story/narrator.ts';
import { readVersion } from '../version.ts';

export interface UpOptions extends CommonOptions {
  readonly verbose?: boolean;
}

/** `tandem up`: runs the service until Ctrl-C. */
export async function runUp(io: Io, options: UpOptions): Promise<number> {
  const env = environmentOf(io.env, options);
  const config = loadConfig(env);
  const { out } = io;
  const { colours } = out;
  const log = createServiceLog({
    level: config.logLevel,
    program: 'orchestrator',
    dataDir: config.dataDir,
    toStderr: !io.err.interactive || options.verbose === true,
  });
  const building = await build({ config, log, env });
  const stop = createStopSignal(() => {
    out.clear();
    out.print(colours.dim('Stopping …'));
  });
  try {
    const service = await building.open();
    out.print(`${colours.bold('Tandem')} ${readVersion()}`, '');
    out.print(
      ...renderPairs(
        [
          ['Status page', colours.cyan(service.pageUrl)],
          ['Assistants', `${colours.cyan(service.mcpUrl)} ${colours.dim('or the command `tandem mcp`')}`],
          ['Data', config.dataDir],
          ['Sending', config.sending ? 'on' : 'off (TANDEM_SENDING=on lets assistants send)'],
          ...(log.file === null ? [] : ([['Log', log.file]] as const)),
        ],
        colours,
      ),
      '',
    );
    if (config.testServer !== null) {
      out.print(
        colours.yellow(
          '! Test server: another server stands in for WhatsApp. Nothing here reaches real people.',
        ),
      );
    }
    for (const [used, ours] of config.aliasesUsed)
      out.print(colours.dim(`Setting ${used} is read as ${ours}.`));

    const narrator = createNarrator(
      out,
      () => `The same code is on ${service.pageUrl} · by phone number: tandem link --phone +…`,
    );
    narrator.tell(await service.status.current());
    const unsubscribe = service.status.subscribe((status) => narrator.tell(status));
    const linking = offerFirstLink(service, stop.signal);
    await stop.stopped;
    await linking;
    unsubscribe();
    narrator.end();
    await service.close();
    out.print('Stopped.');
    return exitCodes.ok;
  } finally {
    stop.dispose();
    await building.close();
  }
}
