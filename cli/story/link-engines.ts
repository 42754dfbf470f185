import type { EngineStatusView, StatusView } from '#console/view/status.ts';
import type { EngineName } from '#engines/contract/capability.ts';
import { reasonTexts } from '#engines/contract/state.ts';
import { TandemError } from '#kernel/errors.ts';
import type { ServiceClient } from '../client/service-client.ts';
import { exitCodeOf, exitCodes } from '../exit-codes.ts';
import { type Io, reportError } from '../io.ts';
import { safeInline } from '../render/text.ts';
import { headingOf } from './engine-story.ts';
import { createLinkWatch, type LinkEvent } from './link-events.ts';
import { groupCode, offerBlock } from './offer.ts';

export interface LinkJob {
  readonly io: Io;
  readonly client: ServiceClient;
  /** Null = all, one after the other. */
  readonly engine: EngineName | null;
  readonly phone: string | null;
  readonly json: boolean;
  readonly signal: AbortSignal;
}

/**
 * Links one engine to its end before the next is begun: each is a linked device of its own, and a phone shows one scan at
 * a time. Among several, one without a browser is named and left out; alone it is a failure. Returns the exit code.
 */
export async function linkEngines(job: LinkJob): Promise<number> {
  const { io, client, json } = job;
  const { engines } = await client.status();
  const names = job.engine === null ? engines.map(({ engine }) => engine) : [job.engine];
  if (names.length === 0) throw new TandemError('NO_HEALTHY_ENGINE');
  let linked = 0;
  let last: TandemError | null = null;
  for (const name of names) {
    const outcome = await linkOne(job, name);
    if (outcome === 'interrupted') return exitCodes.interrupted;
    if (outcome === 'linked') {
      linked += 1;
      continue;
    }
    last = outcome;
    // Without its browser an engine cannot be linked now, and the others can.
    if (outcome.code !== 'BROWSER_MISSING' || names.length === 1) {
      reportError(io, outcome, json);
      return exitCodeOf(outcome.code);
    }
    const { action } = reasonTexts['browser-missing'];
    if (json) io.json({ event: 'skipped', engine: name, code: outcome.code });
    else
      io.out.print(`${io.out.colours.yellow('•')} ${name}: ${outcome.message} ${io.out.colours.dim(action)}`);
  }
  if (linked > 0 || last === null) return exitCodes.ok;
  reportError(io, last, json);
  return exitCodeOf(last.code);
}

async function linkOne(job: LinkJob, name: EngineName): Promise<'linked' | 'interrupted' | TandemError> {
  const { client, phone, json, io } = job;
  const watch = createLinkWatch();
  let asked = false;
  let footer = phone === null ? 'A new code follows by itself. Or by number: tandem link --phone +…' : '';
  for await (const status of client.statuses(job.signal)) {
    const engine = status.engines.find((one) => one.engine === name);
    if (engine === undefined) return new TandemError('NO_HEALTHY_ENGINE');
    if (!asked && engine.reason === 'browser-missing') return browserMissing(name);
    // An engine that is still coming up cannot be asked yet.
    if (!asked && engine.level === 'starting') continue;
    if (!asked && !engine.linked) {
      asked = true;
      const answer = await client.link({ engine: name, ...(phone === null ? {} : { phone }) });
      if (answer.code_refused !== null) {
        footer = `${answer.code_refused.message} Scan the QR code instead.`;
        if (json) io.json({ event: 'code_refused', engine: name, ...answer.code_refused });
      }
      // An offer that waited before a code was asked for is not the answer to that.
      if (phone !== null) continue;
    }
    const event = watch(engine);
    if (event === null) continue;
    if (phone !== null && event.event === 'offer' && event.offer.method === 'qr' && footer === '') continue;
    if (event.event === 'failed') {
      io.out.clear();
      return event.error;
    }
    if (json) tellJson(io, name, event);
    else tell(io, event, engine, status, footer);
    if (event.event === 'linked') return 'linked';
  }
  return 'interrupted';
}

function browserMissing(engine: EngineName): TandemError {
  return new TandemError('BROWSER_MISSING', { engine, message: reasonTexts['browser-missing'].means });
}

type Progress = Exclude<LinkEvent, { readonly event: 'failed' }>;

function tell(io: Io, event: Progress, engine: EngineStatusView, status: StatusView, footer: string): void {
  const { out } = io;
  if (event.event === 'offer') {
    const heading = headingOf(engine, status);
    const { lines, plain } = offerBlock(out, event.offer, { footer, plainCode: true, heading });
    out.live(lines, plain);
    return;
  }
  out.clear();
  const who = status.engines.length > 1 ? `${engine.engine}: linked` : 'Linked';
  out.print(`${out.colours.green('✔')} ${who} as ${accountWords(event.engine)}.`);
}

function tellJson(io: Io, engine: EngineName, event: Progress): void {
  if (event.event === 'linked') {
    io.json({ event: 'linked', engine, account: event.engine.account });
    return;
  }
  const { offer } = event;
  io.json(
    offer.method === 'qr'
      ? { event: 'qr', engine, text: offer.text, expires_at: offer.expires_at }
      : { event: 'code', engine, code: groupCode(offer.code), expires_at: offer.expires_at },
  );
}

function accountWords(engine: EngineStatusView): string {
  const { name, number } = engine.account ?? { name: null, number: null };
  return name === null ? (number ?? 'this account') : `${safeInline(name)} (${number ?? '…'})`;
}
