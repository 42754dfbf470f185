import type { EngineStatusView, StatusView } from '#console/view/status.ts';
import { formatCounted, formatDuration } from '../render/numbers.ts';
import { renderProgress } from '../render/progress.ts';
import type { Terminal } from '../render/terminal.ts';
import { safeInline } from '../render/text.ts';
import { showOffer } from './offer.ts';

export interface Narrator {
  /** Says what changed since the last status. */
  tell(status: StatusView): void;
  end(): void;
}

/** How often plain output repeats the progress of a sync, in steps of percent. */
const PLAIN_PROGRESS_STEP = 10;

/** Follows the service for people: one line that stays for each event, one live line for what is under way. */
export function createNarrator(terminal: Terminal, footer: (status: StatusView) => string): Narrator {
  const stories = new Map<string, ReturnType<typeof createStory>>();
  return {
    tell: (status) => {
      for (const engine of status.engines) {
        const story = stories.get(engine.engine) ?? createStory(terminal);
        stories.set(engine.engine, story);
        story(engine, status, footer(status));
      }
    },
    end: () => terminal.clear(),
  };
}

function createStory(terminal: Terminal) {
  const { colours } = terminal;
  let level: EngineStatusView['level'] | null = null;
  let reason: EngineStatusView['reason'] | null = null;
  let welcomed = false;
  let wasReady = false;

  const note = (mark: string, text: string, hint = '') =>
    terminal.print(`${mark} ${text}${hint === '' ? '' : ` ${colours.dim(hint)}`}`);

  return (engine: EngineStatusView, status: StatusView, footer: string) => {
    if (engine.linked && !welcomed && (engine.connected || engine.level === 'connecting')) {
      welcomed = true;
      terminal.clear();
      note(colours.green('✔'), `Linked as ${accountWords(engine, terminal.interactive)}.`);
    }
    if (!engine.linked) welcomed = false;

    const changed = engine.level !== level || engine.reason !== reason;
    level = engine.level;
    reason = engine.reason;
    switch (engine.level) {
      case 'starting':
        terminal.live([colours.dim('Starting the engine …')], 'Starting the engine …');
        return;
      case 'linking':
        if (engine.offer !== null) showOffer(terminal, engine.offer, footer, false);
        else terminal.live([colours.dim('Asking WhatsApp for a code …')], null);
        return;
      case 'connecting':
        terminal.live([colours.dim('Connecting to WhatsApp …')], 'Connecting to WhatsApp …');
        return;
      case 'syncing': {
        const { percent } = engine.sync;
        const words = `${formatCounted(status.store?.messages ?? 0, 'message')} in ${formatCounted(status.store?.chats ?? 0, 'chat')}`;
        const step = percent === null ? 0 : Math.floor(percent / PLAIN_PROGRESS_STEP) * PLAIN_PROGRESS_STEP;
        terminal.live(
          [`Taking in your history  ${renderProgress(percent, words, colours)}`],
          `Taking in your history: ${step} %`,
        );
        return;
      }
      case 'ready':
        if (!wasReady && status.ingest.pending > 0) {
          terminal.live([colours.dim('Storing what arrived …')], null);
          return;
        }
        terminal.clear();
        if (!wasReady) {
          note(
            colours.green('✔'),
            `Ready. ${formatCounted(status.store?.messages ?? 0, 'message')} in ${formatCounted(status.store?.chats ?? 0, 'chat')}.`,
            'New messages arrive by themselves.',
          );
        } else if (changed) note(colours.green('✔'), 'Connected again.');
        wasReady = true;
        return;
      case 'recovering':
        terminal.clear();
        if (changed) note(colours.yellow('…'), engine.means, nextAttempt(engine));
        return;
      case 'stopped':
        terminal.clear();
        return;
      case 'unlinked':
        if (engine.reason !== 'not-linked') break;
        terminal.live([colours.dim(engine.means)], `${engine.means} ${engine.action}`);
        return;
      default:
        break;
    }
    terminal.clear();
    const mark = engine.level === 'unlinked' ? colours.yellow('•') : colours.red('✖');
    if (changed) note(mark, engine.means, engine.action);
  };
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
