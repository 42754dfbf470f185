import type { EngineStatusView } from '#console/view/status.ts';
import { TandemError } from '#kernel/errors.ts';
import { findService } from '../client/find-service.ts';
import { createServiceClient, type ServiceClient } from '../client/service-client.ts';
import { exitCodeOf, exitCodes } from '../exit-codes.ts';
import { type Io, reportError } from '../io.ts';
import { safeInline } from '../render/text.ts';
import { createFileLog, logFileOf } from '../service/log-file.ts';
import { type CommonOptions, configOf, environmentOf } from '../settings.ts';
import { createStopSignal } from '../signals.ts';
import { createLinkWatch, type LinkEvent } from '../story/link-events.ts';
import { groupCode, showOffer } from '../story/offer.ts';

export interface LinkOptions extends CommonOptions {
  readonly phone?: string;
  readonly json?: boolean;
}

/** `tandem link`: through the running service, or one that runs for as long as the linking takes. */
export async function runLink(io: Io, options: LinkOptions): Promise<number> {
  const config = configOf(io.env, options);
  const stop = createStopSignal(() => io.out.clear());
  try {
    const running = await findService(config);
    if (running !== null) return await link(io, options, createServiceClient(running), stop.signal);
    if (options.phone !== undefined) {
      const { readPhone } = await import('#orchestrator/services/resolve/phone.ts');
      readPhone(options.phone, 'phone_number', { strict: true });
    }
    // Loaded only here: with a running service this command needs none of it.
    const { build } = await import('../service/service.ts');
    const log = createFileLog(config.logLevel, 'orchestrator', logFileOf(config.dataDir));
    const building = await build({ config, log, env: environmentOf(io.env, options) });
    try {
      const service = await building.open();
      const client = createServiceClient({ url: service.url, token: config.token });
      const code = await link(io, options, client, stop.signal);
      if (code === exitCodes.ok && options.json !== true) {
        io.out.print('Start the service with `tandem up`; it takes in the history.');
      }
      return code;
    } finally {
      await building.close();
    }
  } finally {
    stop.dispose();
  }
}

async function link(
  io: Io,
  options: LinkOptions,
  client: ServiceClient,
  signal: AbortSignal,
): Promise<number> {
  const json = options.json === true;
  const watch = createLinkWatch();
  let asked = false;
  let footer =
    options.phone === undefined ? 'A new code follows by itself. Or by number: tandem link --phone +…' : '';
  for await (const status of client.statuses(signal)) {
    const engine = status.engines.find((one) => !one.linked) ?? status.engines[0];
    if (engine === undefined) throw new TandemError('NO_HEALTHY_ENGINE');
    // An engine that is still coming up cannot be asked yet.
    if (!asked && engine.level === 'starting') continue;
    if (!asked && !engine.linked) {
      asked = true;
      const answer = await client.link({
        engine: engine.engine,
        ...(options.phone === undefined ? {} : { phone: options.phone }),
      });
      if (answer.code_refused !== null) {
        footer = `${answer.code_refused.message} Scan the QR code instead.`;
        if (json) io.json({ event: 'code_refused', ...answer.code_refused });
      }
      // An offer that waited before a code was asked for is not the answer to that.
      if (options.phone !== undefined) continue;
    }
    const event = watch(engine);
    if (event === null) continue;
    if (
      options.phone !== undefined &&
      event.event === 'offer' &&
      event.offer.method === 'qr' &&
      footer === ''
    )
      continue;
    const code = json ? tellJson(io, event) : tell(io, event, footer);
    if (code !== null) return code;
  }
  return exitCodes.interrupted;
}

/** Returns the exit code when it is over. */
function tell(io: Io, event: LinkEvent, footer: string): number | null {
  if (event.event === 'offer') {
    showOffer(io.out, event.offer, footer, true);
    return null;
  }
  io.out.clear();
  if (event.event === 'failed') return reportError(io, event.error, false);
  io.out.print(`${io.out.colours.green('✔')} Linked as ${accountWords(event.engine)}.`);
  return exitCodes.ok;
}

function tellJson(io: Io, event: LinkEvent): number | null {
  if (event.event === 'offer') {
    const { offer } = event;
    io.json(
      offer.method === 'qr'
        ? { event: 'qr', text: offer.text, expires_at: offer.expires_at }
        : { event: 'code', code: groupCode(offer.code), expires_at: offer.expires_at },
    );
    return null;
  }
  if (event.event === 'failed') {
    reportError(io, event.error, true);
    return exitCodeOf(event.error.code);
  }
  io.json({ event: 'linked', engine: event.engine.engine, account: event.engine.account });
  return exitCodes.ok;
}

function accountWords(engine: EngineStatusView): string {
  const { name, number } = engine.account ?? { name: null, number: null };
  return name === null ? (number ?? 'this account') : `${safeInline(name)} (${number ?? '…'})`;
}
