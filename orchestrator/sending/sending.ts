import type { MessageStore } from '#history/contracts/history.ts';
import type { RateStore, SendRecord, SendStore } from '#history/contracts/sends.ts';
import type { Clock } from '#kernel/clock.ts';
import { TandemError, toTandemError } from '#kernel/errors.ts';
import type { IdSource } from '#kernel/ids.ts';
import type { Logger } from '#kernel/logger.ts';
import { createMutex } from '../mutex.ts';
import { pause } from '../pause.ts';
import type { RouterPort, SendingPort, SendTextOutcome } from '../services/ports.ts';
import {
  type Answer,
  answerOf,
  attemptsOf,
  deliveryUnknown,
  engineOf,
  mayHaveLeft,
  storedAnswer,
} from './answer.ts';
import { createEchoFinder, type Echo } from './echo.ts';
import { newMessageId } from './fingerprint.ts';
import { createOpenEnds } from './open-ends.ts';
import { forwardOperation, type SendOperation, textOperation } from './operation.ts';
import { SEND_RATE } from './rate.ts';

export interface SendingDeps {
  readonly sends: SendStore;
  readonly rates: RateStore;
  readonly messages: MessageStore;
  readonly router: RouterPort;
  /** Called after every commit of ingest; returns how to stop listening. */
  readonly onIngested: (listener: () => void) => () => void;
  readonly sendsPerMinute: number;
  readonly idempotencyHours: number;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly logger: Logger;
  /** How long an unknown outcome waits for its echo; 4 s by default. */
  readonly echoWaitMs?: number;
}

export interface Sending extends SendingPort {
  /** Once at start, before anything is sent: what a crash left open is settled or marked unknown. */
  recover(): Promise<void>;
}

const HOUR_MS = 3_600_000;
/** The same words to the same chat within this time are a repeated click, not a second thought. */
const REPEAT_WINDOW_MS = 45_000;
/** An answer that takes longer may never come, while the other device shows the message already. */
const ANSWER_USUALLY_WITHIN_MS = 1_500;
/** Engines have deadlines of their own, far below. */
const NO_LIMIT_MS = 10 * 60_000;
/** Within a tool call's time, together with the engine's own deadline. */
const ECHO_WAIT_MS = 4_000;

export function createSending(deps: SendingDeps): Sending {
  const { sends, clock, logger } = deps;
  const echoes = createEchoFinder(deps.messages, deps.onIngested);
  const echoWaitMs = deps.echoWaitMs ?? ECHO_WAIT_MS;
  /** Looking for a repeat and writing the intent down must not be interleaved. */
  const admission = createMutex();
  const underWay = new Map<number, Promise<SendTextOutcome>>();
  const openEnds = createOpenEnds({ settle: async (record) => (await settle(record)) !== null, logger });
  deps.onIngested(openEnds.news);

  /** Either the record of an earlier equal request, or a new intent. */
  async function admit(
    operation: SendOperation,
  ): Promise<{ record: SendRecord; isNew: boolean; byKey: boolean }> {
    const { fingerprint, idempotencyKey: key } = operation;
    const now = clock.now();
    // An intent that is planned and not under way failed before it was handed to an engine.
    const isDead = (record: SendRecord) => record.state === 'planned' && !underWay.has(record.id);
    if (key === null && !operation.allowDuplicate) {
      const since = now - REPEAT_WINDOW_MS;
      const repeat = await sends.recent(operation.name, operation.chat, fingerprint, since);
      if (repeat !== null && isDead(repeat)) {
        await sends.release(repeat.id);
        return await admit(operation);
      }
      if (repeat !== null && repeat.state !== 'refused')
        return { record: repeat, isNew: false, byKey: false };
    }
    const { record, existing } = await sends.plan(
      {
        messageId: newMessageId(deps.ids),
        operation: operation.name,
        idempotencyKey: key,
        fingerprint,
        chatJid: operation.chat,
        createdAtMs: now,
      },
      deps.idempotencyHours * HOUR_MS,
    );
    if (existing && isDead(record)) {
      await sends.release(record.id);
      return await admit(operation);
    }
    if (existing) {
      if (record.fingerprint !== fingerprint) throw new TandemError('IDEMPOTENCY_KEY_REUSED');
      return { record, isNew: false, byKey: true };
    }
    const rate = await deps.rates.take(SEND_RATE.bucket, deps.sendsPerMinute, SEND_RATE.windowMs, now);
    if (!rate.ok) {
      await sends.release(record.id);
      throw new TandemError('RATE_LIMITED', {
        retryAfterSeconds: Math.max(1, Math.ceil(rate.retryAfterMs / 1_000)),
        details: { limit: deps.sendsPerMinute, per: 'minute' },
      });
    }
    return { record, isNew: true, byKey: key !== null };
  }

  async function dispatch(record: SendRecord, operation: SendOperation, signal?: AbortSignal) {
    const { messageId } = record;
    await sends.update(record.id, { state: 'dispatched' });
    const startedAt = performance.now();
    try {
      const asked = operation.dispatch(deps.router, messageId, signal);
      const proof = await seenBefore(asked, messageId);
      if (proof !== null) {
        const durationMs = Math.round(performance.now() - startedAt);
        return await keep(record, answerOf(record, proof), [
          { engine: proof.engine, code: null, durationMs },
        ]);
      }
      const { output, engine, attempts } = await asked;
      return await keep(record, { ...output, engine }, attempts);
    } catch (thrown) {
      const error = toTandemError(thrown);
      if (!mayHaveLeft(error)) {
        // Proven not to have been sent: the key is free again.
        await note(() => sends.release(record.id));
        throw error;
      }
      logger.warn('outcome of a send is unknown, waiting for its echo', { error });
      const attempts = attemptsOf(error, performance.now() - startedAt);
      const engine = engineOf(error.engine);
      const echo = await echoes.waitFor(messageId, engine, echoWaitMs);
      if (echo !== null) return await keep(record, answerOf(record, echo), attempts);
      await note(() => sends.update(record.id, { state: 'unknown', ...(engine === null ? {} : { engine }) }));
      openEnds.add({ ...record, state: 'unknown', engine });
      throw deliveryUnknown(record, error);
    }
  }

  /** The message itself, when it shows up before an engine that takes its time has answered; null = the engine answered. */
  async function seenBefore(asked: Promise<unknown>, messageId: string): Promise<Echo | null> {
    const answered = new AbortController();
    const settled = asked.then(
      () => answered.abort(),
      () => answered.abort(),
    );
    await pause(ANSWER_USUALLY_WITHIN_MS, answered.signal);
    if (answered.signal.aborted) return null;
    const seen = echoes.waitFor(messageId, null, NO_LIMIT_MS, answered.signal);
    // What the store cannot say now is no reason to stop waiting for the engine.
    return await Promise.race([settled.then(() => null), seen.catch(() => settled.then(() => null))]);
  }

  async function keep(
    record: SendRecord,
    answer: Answer,
    attempts: SendTextOutcome['attempts'],
  ): Promise<SendTextOutcome> {
    await note(() =>
      sends.update(record.id, { state: 'done', engine: answer.engine, result: JSON.stringify(answer) }),
    );
    return { ...answer, duplicate: 'none', attempts };
  }

  /**
   * Writes down what is decided already: a full disk must not turn it into another outcome. What is not written
   * stays `dispatched`, and is settled by its echo.
   */
  async function note(write: () => Promise<void>): Promise<void> {
    try {
      await write();
    } catch (error) {
      logger.error('outcome of a send could not be noted', { error });
    }
  }

  /** The answer for a request that was made before. Never sends. */
  async function replay(record: SendRecord, duplicate: 'replayed' | 'suppressed'): Promise<SendTextOutcome> {
    const running = underWay.get(record.id);
    if (running !== undefined) return { ...(await running), duplicate };
    // It may have become final since it was read.
    const now = (await sends.get(record.id)) ?? record;
    const answer = storedAnswer(now);
    if (answer !== null) return { ...answer, duplicate, attempts: [] };
    const settled = await settle(now);
    if (settled === null) throw deliveryUnknown(now);
    return { ...settled, duplicate, attempts: [] };
  }

  /** Looks for the message; null = still nobody can say. */
  async function settle(record: SendRecord): Promise<Answer | null> {
    const echo = await echoes.find(record.messageId, engineOf(record.engine));
    if (echo === null) {
      if (record.state !== 'unknown') await sends.update(record.id, { state: 'unknown' });
      return null;
    }
    const answer = answerOf(record, echo);
    await sends.update(record.id, { state: 'done', engine: answer.engine, result: JSON.stringify(answer) });
    return answer;
  }

  async function send(operation: SendOperation, signal: AbortSignal | undefined): Promise<SendTextOutcome> {
    const { record, run, byKey } = await admission.run(async () => {
      const admitted = await admit(operation);
      if (!admitted.isNew) return { ...admitted, run: null };
      const sending = dispatch(admitted.record, operation, signal).finally(() =>
        underWay.delete(admitted.record.id),
      );
      // Whoever waits for it handles its error; until then it is nobody's fault.
      sending.catch(() => undefined);
      underWay.set(admitted.record.id, sending);
      // Handed on inside an object, or the lock would wait for the whole send.
      return { ...admitted, run: { sending } };
    });
    if (run !== null) return await run.sending;
    return await replay(record, byKey ? 'replayed' : 'suppressed');
  }

  return {
    sendText: (request, signal) => send(textOperation(request), signal),
    forward: (request, signal) => send(forwardOperation(request), signal),
    recover: async () => {
      for (const record of await sends.open()) {
        // `planned` was never handed to an engine.
        if (record.state === 'planned') await sends.release(record.id);
        else if ((await settle(record)) === null) openEnds.add({ ...record, state: 'unknown' });
      }
    },
  };
}
