import type { EngineStatusView, StatusView } from '#console/view/status.ts';
import { formatCounted, formatDuration } from '../render/numbers.ts';
import { renderProgress } from '../render/progress.ts';
import type { Terminal } from '../render/terminal.ts';
import { safeInline } from '../render/text.ts';
import { type LiveBlock, offerBlock } from './offer.ts';

export interface Told {
  /** Lines that stay. */
  readonly notes: readonly string[];
  /** What is under way; null = nothing. */
  readonly live: LiveBlock | null;
}

export type EngineStory = (engine: EngineStatusView, status: StatusView, footer: string) => Told;

/** How often plain output repeats the progress of a sync, in steps of percent. */
const PLAIN_PROGRESS_STEP = 10;

/** What happens to one engine, state by state. Of several engines each is named. */
export function createEngineStory(terminal: Terminal, several: boolean): EngineStory {
  const { colours } = terminal;
  let level: EngineStatusView['level'] | null = null;
  let reason: EngineStatusView['reason'] | null = null;
  let welcomed = false;
  let wasReady = false;

  return (engine, status, footer) => {
    const who = several ? `${engine.engine}: ` : '';
    const notes: string[] = [];
    const note = (mark: string, text: string, hint = '') =>
      void notes.push(`${mark} ${who}${text}${hint === '' ? '' : ` ${colours.dim(hint)}`}`);
    const live = (text: string, plain: string | null = text): Told => ({
      notes,
      live: { lines: [colours.dim(`${who}${text}`)], plain: plain === null ? null : `${who}${plain}` },
    });
    const stored = `${formatCounted(status.store?.messages ?? 0, 'message')} in ${formatCounted(status.store?.chats ?? 0, 'chat')}`;

    if (engine.linked && !welcomed && (engine.connected || engine.level === 'connecting')) {
      welcomed = true;
      note(colours.green('✔'), `Linked as ${accountWords(engine, terminal.interactive)}.`);
    }
    if (!engine.linked) welcomed = false;

    const changed = engine.level !== level || engine.reason !== reason;
    level = engine.level;
    reason = engine.reason;
    switch (engine.level) {
      case 'starting':
        return live('Starting the engine …');
      case 'linking': {
        if (engine.offer === null) return live('Asking WhatsApp for a code …', null);
        return {
          notes,
          live: offerBlock(terminal, engine.offer, {
            footer,
            plainCode: false,
            heading: headingOf(engine, status),
          }),
        };
      }
      case 'connecting':
        return live('Connecting to WhatsApp …');
      case 'syncing': {
        const { percent } = engine.sync;
        const step = percent === null ? 0 : Math.floor(percent / PLAIN_PROGRESS_STEP) * PLAIN_PROGRESS_STEP;
        const lines = [`${who}Taking in your history  ${renderProgress(percent, stored, colours)}`];
        return { notes, live: { lines, plain: `${who}Taking in your history: ${step} %` } };
      }
      case 'ready':
        if (!wasReady && status.ingest.pending > 0) return live('Storing what arrived …', null);
        if (!wasReady) note(colours.green('✔'), `Ready. ${stored}.`, 'New messages arrive by themselves.');
        else if (changed) note(colours.green('✔'), 'Connected again.');
        wasReady = true;
        return { notes, live: null };
      case 'recovering':
        if (changed) note(colours.yellow('…'), engine.means, nextAttempt(engine));
        return { notes, live: null };
      case 'stopped':
        return { notes, live: null };
      case 'unlinked':
        if (engine.reason !== 'not-linked') break;
        // Its turn comes when the one before is linked.
        if (several && status.engines.some((other) => other.offer !== null)) return { notes, live: null };
        return live(engine.means, `${engine.means} ${engine.action}`);
      default:
        break;
    }
    const mark = engine.level === 'unlinked' ? colours.yellow('•') : colours.red('✖');
    if (changed) note(mark, engine.means, engine.action);
    return { notes, live: null };
  };
}

/** With several engines a person has to know which device this code is for. */
export function headingOf(engine: EngineStatusView, status: StatusView): string | null {
  if (status.engines.length < 2) return null;
  return status.engines.some((other) => other.linked)
    ? `The second device, ${engine.engine}: once more, with the same phone.`
    : `The first of ${status.engines.length} devices, ${engine.engine}.`;
}

/** A name does not belong into a log, and what is no terminal may become one. */
function accountWords(engine: EngineStatusView, withName: boolean): string {
  const name = withName ? (engine.account?.name ?? null) : null;
  const number = engine.account?.number ?? 'this account';
  return name === null ? number : `${safeInline(name)} (${number})`;
}

function nextAttempt(engine: EngineStatusView): string {
  if (engine.next_attempt_at === null) return engine.action;
  const wait = Math.max(0, Date.parse(engine.next_attempt_at) - Date.now());
  return `${engine.action} Next attempt in ${formatDuration(wait)}.`;
}
