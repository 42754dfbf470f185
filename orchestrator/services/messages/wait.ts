import { isPersonJid } from '#engines/contract/identity.ts';
import type { MessageRecord } from '#history/contracts/records.ts';
import { TandemError, toTandemError } from '#kernel/errors.ts';
import { MILLISECONDS_PER_SECOND, TOOL_CALL_DEADLINE_MS } from '#kernel/limits.ts';
import type { ServiceContext } from '../context.ts';
import { presentMessage } from '../present/message.ts';
import { personJid } from '../present/person.ts';
import { compact, type Reply } from '../reply.ts';
import { readReference } from '../resolve/reference.ts';
import type { PublicMessage } from '../shapes/message.ts';
import { waitForChange } from '../wait-for-change.ts';
import { findArrival, positionAt, type Wanted } from './arrivals.ts';
import { openWait, sealWait, type Wait } from './wait-token.ts';

export const WAIT_DEFAULT_SECONDS = 60;
export const WAIT_MAX_SECONDS = 300;

export interface WaitRequest {
  /** Seconds; WAIT_DEFAULT_SECONDS when absent. */
  readonly timeout?: number | undefined;
  readonly chat?: string | undefined;
  readonly from?: string | undefined;
  readonly include_own?: boolean | undefined;
  /** Goes on with an earlier wait; everything else is in it. */
  readonly resume_token?: string | undefined;
}

export interface WaitAnswer {
  readonly status: 'received' | 'waiting';
  readonly message?: PublicMessage;
  readonly resume_token?: string;
  readonly waited_s: number;
  readonly remaining_s: number;
}

export interface WaitProgress {
  readonly done: number;
  readonly total: number;
  readonly message: string;
}

type WaitContext = Pick<
  ServiceContext,
  'clock' | 'cursors' | 'freshness' | 'history' | 'onChange' | 'resolver' | 'times'
>;

interface WaitPace {
  readonly perCallMs: number;
  readonly reportEveryMs: number;
}

/** The rest of what one tool call may take is for finding out who is meant, and for the answer. */
const PACE: WaitPace = { perCallMs: 20_000, reportEveryMs: 5_000 };
const RESERVE_MS = 2_000;
/** A message takes its time, and the clocks of WhatsApp and of this machine differ by a little. */
const MARGIN_SECONDS = 30;

/**
 * Waits for a message of somebody else, in steps that fit into a tool call. Errors: WAIT_TIMEOUT, CHAT_NOT_FOUND,
 * CONTACT_NOT_FOUND, RECIPIENT_NOT_FOUND, RECIPIENT_AMBIGUOUS, INVALID_CURSOR, VALIDATION_ERROR.
 */
export function createWaitForMessage(context: WaitContext, pace: WaitPace = PACE) {
  const { clock, cursors, freshness, history, onChange, times } = context;

  const begin = async (request: WaitRequest, signal: AbortSignal | undefined): Promise<Wait> => {
    const startedAtMs = clock.now();
    const since = Math.floor(startedAtMs / MILLISECONDS_PER_SECOND) - MARGIN_SECONDS;
    // Before anybody is looked up, which may take seconds.
    const position = await positionAt(history, since);
    const wanted = await readWanted(context, request, signal);
    const timeoutMs = (request.timeout ?? WAIT_DEFAULT_SECONDS) * MILLISECONDS_PER_SECOND;
    return { wanted, position, startedAtMs, endsAtMs: startedAtMs + timeoutMs };
  };

  return async (
    request: WaitRequest,
    signal?: AbortSignal,
    onProgress?: (step: WaitProgress) => void,
  ): Promise<Reply<WaitAnswer>> => {
    const calledAt = performance.now();
    const wait = request.resume_token === undefined ? await begin(request, signal) : resume(context, request);
    const totalMs = wait.endsAtMs - wait.startedAtMs;
    // A clock that was set back must not make the wait longer than it was.
    const leftMs = Math.min(Math.max(0, wait.endsAtMs - clock.now()), totalMs);
    const spentMs = performance.now() - calledAt;
    const roomMs = Math.max(0, TOOL_CALL_DEADLINE_MS - RESERVE_MS - spentMs);
    const waitMs = Math.min(leftMs, pace.perCallMs, roomMs);

    let found: MessageRecord | null = null;
    const waitedBeforeMs = totalMs - leftMs;
    const startedAt = performance.now();
    const waitedMs = () => Math.min(totalMs, waitedBeforeMs + performance.now() - startedAt);
    const report = setInterval(() => {
      onProgress?.({
        done: inSeconds(waitedMs()),
        total: inSeconds(totalMs),
        message: 'Waiting for a message.',
      });
    }, pace.reportEveryMs);
    try {
      const done = async () => {
        found = await findArrival(history, wait.wanted, wait.position);
        return found !== null;
      };
      await waitForChange({ onChange, done, waitMs, signal });
    } finally {
      clearInterval(report);
    }
    const arrived = found as MessageRecord | null;
    const waited_s = inSeconds(waitedMs());
    const remaining_s = inSeconds(totalMs) - waited_s;
    if (arrived !== null) {
      return {
        data: { status: 'received', message: presentMessage(arrived, times), waited_s, remaining_s },
        meta: await freshness.meta(),
        summary: 'A message came.',
      };
    }
    if (leftMs <= waitMs) {
      throw new TandemError('WAIT_TIMEOUT', { details: { waited_s: inSeconds(totalMs) } });
    }
    return {
      data: { status: 'waiting', resume_token: sealWait(cursors, wait), waited_s, remaining_s },
      meta: await freshness.meta(),
      summary: `No message yet; ${remaining_s} s are left. Call again with resume_token alone.`,
    };
  };
}

function inSeconds(milliseconds: number): number {
  return Math.round(milliseconds / MILLISECONDS_PER_SECOND);
}

function resume({ cursors }: WaitContext, { resume_token, ...rest }: WaitRequest): Wait {
  const problems = Object.keys(compact(rest)).map((field) => ({ field, problem: 'not with resume_token' }));
  if (problems.length > 0) {
    throw new TandemError('VALIDATION_ERROR', {
      message: 'resume_token stands alone: the wait keeps what it was started with.',
      details: { problems },
    });
  }
  return openWait(cursors, resume_token ?? '');
}

async function readWanted(
  context: WaitContext,
  { chat, from, include_own = false }: WaitRequest,
  signal: AbortSignal | undefined,
): Promise<Wanted> {
  return {
    chat: chat === undefined ? null : (await context.resolver.chat(chat)).jid,
    from: from === undefined ? [] : await idsOfSender(context, from, signal),
    own: include_own,
  };
}

/** Somebody who never wrote may be waited for too, by number: WhatsApp tells the hidden id that the message will carry. */
async function idsOfSender(
  { resolver }: WaitContext,
  from: string,
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  try {
    const person = await resolver.person(from, 'from');
    if (person.isMe) throw fromOneself();
    return [...new Set([person.lid, person.pn, personJid(person)])].filter((jid) => jid !== null);
  } catch (thrown) {
    const reference = readReference(from, 'from');
    if (toTandemError(thrown).code !== 'CONTACT_NOT_FOUND' || reference.kind === 'name') throw thrown;
    if (!isPersonJid(reference.jid)) throw thrown;
    if (reference.kind === 'jid') return [reference.jid];
    const looked = await resolver.recipient(from, 'from', signal).catch((failed: unknown) => {
      signal?.throwIfAborted();
      const error = toTandemError(failed);
      if (error.code === 'RECIPIENT_NOT_FOUND') throw error;
      return null;
    });
    return looked === null ? [reference.jid] : [...new Set([reference.jid, looked.jid])];
  }
}

function fromOneself(): TandemError {
  return new TandemError('VALIDATION_ERROR', {
    message: 'from names this account itself.',
    hint: 'Leave from out and set include_own.',
    details: { problems: [{ field: 'from', problem: 'names this account itself' }] },
  });
}
