import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { CommandHandlers, CommandInput, CommandOutput } from '#engines/contract/command.ts';
import type { HistoryAnchor, MessageObservation } from '#engines/contract/message.ts';
import { TandemError } from '#kernel/errors.ts';
import { historyEndOf, NOT_GIVEN } from '../normalise/chat.ts';
import { observeMessage } from '../normalise/message.ts';
import { toJid } from '../normalise/wid.ts';
import type { Older } from '../page-helpers.ts';
import { pageId } from './acts.ts';
import type { CommandDeps } from './deps.ts';

/** How often the page may go to its disk for one page; each time brings some dozen messages. */
const LOADS_MAX = 20;
const DISK_WAIT_MS = 30_000;
/** The phone's answer comes into the page's store without a word; looking costs a few milliseconds. */
const LOOK_EVERY_MS = 250;
/** Somebody else asks for the same chat; it takes as long as one page. */
const IN_FLIGHT_RETRY_SECONDS = 5;

type Input = CommandInput<'history.page'>;

export function historyPageCommand(deps: CommandDeps): Required<Pick<CommandHandlers, 'history.page'>> {
  const { ask, teller, sink, historyWaitMs, connectionEnd } = deps;
  /** A phone that is asked twice for one chat at a time answers once. */
  const inFlight = new Set<string>();

  /** What the page has, and when that is too little, what the phone then hands to it. */
  async function collect({ chat, anchor, count }: Input, signal: AbortSignal): Promise<Collected> {
    const before = { id: anchor.id, t: anchor.sentAt };
    const older = async () => {
      const question = { chat: pageId(chat), before, count, loads: LOADS_MAX };
      const found = await ask('older', question, { signal, deadlineMs: DISK_WAIT_MS });
      // It may also go away while the phone is being waited for.
      if (found === null) throw new TandemError('CHAT_NOT_FOUND', { engine: 'webjs' });
      return found;
    };
    const endMs = performance.now() + historyWaitMs;
    let slice = await older();
    let asked = false;
    let held = slice.held;
    let answered = false;
    const isOpen = ({ messages, exhausted, endOfHistoryTransferType: end }: Older) =>
      messages.length < count &&
      exhausted &&
      end !== NOT_GIVEN &&
      historyEndOf({ endOfHistoryTransferType: end }) !== 'start-reached';
    while (isOpen(slice)) {
      if (!asked) {
        ({ asked } = await ask('askPhone', { chat: pageId(chat) }, { signal }));
        if (!asked) break;
      }
      if (performance.now() > endMs) break;
      await delay(LOOK_EVERY_MS, undefined, { signal }).catch(() => signal.throwIfAborted());
      slice = await older();
      // It gives a page at a time, and may have more; with an anchor that the page has not come to, it goes on from what
      // the page has.
      if (slice.held > held) {
        asked = false;
        answered = true;
      }
      held = slice.held;
    }
    const isAnswered = answered || slice.messages.length > 0 || !isOpen(slice);
    return { slice, isSilent: !isAnswered };
  }

  async function page(input: Input, signal: AbortSignal): Promise<CommandOutput<'history.page'>> {
    const requestId = `web-${randomUUID()}`;
    const { slice, isSilent } = await collect(input, signal);
    const end = endOf(slice, input.count);
    if (isSilent) {
      return { requestId, outcome: 'silent', messages: 0, end: 'unknown', oldest: null, seq: null };
    }
    const context = teller.messageContext('page', requestId);
    const messages = slice.messages
      .map((model) => observeMessage(model, context))
      .filter((one): one is MessageObservation => one !== null);
    const chat = toJid(slice.chat) ?? input.chat;
    const oldest = anchorOf(messages.at(-1));
    const page = { kind: 'history-page', requestId, chat, messages: messages.length } as const;
    const seq = sink.append([...messages, { ...page, before: input.anchor, oldest, end }]);
    return {
      requestId,
      outcome: 'answered',
      messages: messages.length,
      end,
      oldest,
      seq,
    };
  }

  return {
    'history.page': async (input, signal) => {
      if (inFlight.has(input.chat)) {
        throw new TandemError('RATE_LIMITED', {
          engine: 'webjs',
          retryAfterSeconds: IN_FLIGHT_RETRY_SECONDS,
          details: { reason: 'in-flight' },
        });
      }
      inFlight.add(input.chat);
      try {
        // What was asked before this connection ends may still come to the page on the next one: not for this caller.
        return await page(input, AbortSignal.any([signal, connectionEnd()]));
      } finally {
        inFlight.delete(input.chat);
      }
    },
  };
}

interface Collected {
  readonly slice: Older;
  /** The phone was asked and nothing came. */
  readonly isSilent: boolean;
}

/** The page's word holds for everything that the phone has; below the slice there may still be messages on the page's disk. */
function endOf(slice: Older, count: number): 'start-reached' | 'more-on-phone' | 'unknown' {
  const isAll = slice.exhausted && slice.messages.length < count;
  const end = historyEndOf(slice);
  if (end === 'start-reached' && !isAll) return 'more-on-phone';
  return end ?? 'unknown';
}

function anchorOf(message: MessageObservation | undefined): HistoryAnchor | null {
  if (message === undefined) return null;
  const { id, fromMe, sender, sentAt } = message;
  return { id, fromMe, sender, sentAt };
}
