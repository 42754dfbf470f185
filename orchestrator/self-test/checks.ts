import type { Capability, EngineName } from '#engines/contract/capability.ts';
import type { EngineClient } from '#engines/contract/client.ts';
import type { EngineStatus } from '#engines/contract/state.ts';
import type { History } from '#history/contracts/history.ts';
import type { MessageRecord } from '#history/contracts/records.ts';
import type { RateStore } from '#history/contracts/sends.ts';
import type { Clock } from '#kernel/clock.ts';
import { nowSeconds } from '#kernel/clock.ts';
import { type ErrorCode, TandemError, toTandemError } from '#kernel/errors.ts';
import type { IdSource } from '#kernel/ids.ts';
import { newMessageId } from '../sending/fingerprint.ts';
import { SEND_RATE } from '../sending/rate.ts';
import { refOf } from '../services/messages/reference.ts';
import type { SelfTestResult } from '../services/ports.ts';

/** `silent` = nothing came back, which proves nothing once. */
export interface Finding {
  readonly state: 'passed' | 'failed' | 'skipped' | 'silent';
  readonly code: ErrorCode | null;
}

export interface CheckDeps {
  readonly history: Pick<History, 'chats' | 'messages'>;
  readonly rates: RateStore;
  readonly sendsPerMinute: number;
  readonly clock: Clock;
  readonly ids: IdSource;
}

export interface CheckTarget {
  readonly engine: EngineName;
  readonly client: EngineClient;
  readonly status: EngineStatus;
  readonly signal: AbortSignal;
}

export interface Check {
  readonly check: SelfTestResult['check'];
  readonly capability: Capability;
  run(target: CheckTarget): Promise<Finding>;
}

const CHATS_LOOKED_AT = 50;
const MEDIA_LOOKED_AT = 50;
const MEDIA_TRIED = 3;
const MEDIA_MAX_BYTES = 1_000_000;
/** The servers keep files for about a month, and a file that is gone tells nothing of the engine. */
const MEDIA_MAX_AGE_SECONDS = 14 * 86_400;
const ECHO_TEXT = 'Tandem checks that this device can send.';

const PASSED: Finding = { state: 'passed', code: null };
const nothingToTry = (code: ErrorCode | null = null): Finding => ({ state: 'skipped', code });

/** Errors that tell of the state of the connection, of what was asked for, or of a limit, and not of the capability. */
const NOT_ITS_FAULT: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'NOT_AUTHENTICATED',
  'NOT_CONNECTED',
  'CONNECTION_LOST',
  'DEVICE_REMOVED',
  'SESSION_REPLACED',
  'ENGINE_STARTING',
  'ENGINE_UNREACHABLE',
  'SHUTTING_DOWN',
  'CAPABILITY_UNAVAILABLE',
  'RATE_LIMITED',
  'NO_ANCHOR_MESSAGE',
  'MESSAGE_NOT_FOUND',
  'CHAT_NOT_FOUND',
]);
const FILE_IS_GONE: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'MEDIA_EXPIRED',
  'MEDIA_METADATA_MISSING',
  'NO_MEDIA_CONTENT',
]);

function findingOf(thrown: unknown): Finding {
  const { code } = toTandemError(thrown);
  if (code === 'PHONE_OFFLINE') return { state: 'silent', code };
  if (NOT_ITS_FAULT.has(code)) return nothingToTry(code);
  // The words of the unknown outcome are for the message that has it, not for those that are held back later.
  return { state: 'failed', code: code === 'DELIVERY_UNKNOWN' ? 'ENGINE_TIMEOUT' : code };
}

/** A page of one message that is known already: the round trip to the phone, with nothing new in the store. */
export function historyCheck({ history }: CheckDeps): Check {
  return {
    check: 'history',
    capability: 'history.page',
    run: async ({ client, signal }) => {
      const second = await secondOldestOfSmallChat(history);
      if (second === null) return nothingToTry('NO_ANCHOR_MESSAGE');
      const { id, fromMe, sender } = refOf(second);
      try {
        const anchor = { id, fromMe, sender, sentAt: second.sentAt };
        const input = { chat: second.chatJid, anchor, count: 1 };
        const { outcome } = await client.command('history.page', input, { signal });
        return outcome === 'answered' ? PASSED : { state: 'silent', code: 'PHONE_OFFLINE' };
      } catch (thrown) {
        return findingOf(thrown);
      }
    },
  };
}

async function secondOldestOfSmallChat({
  chats,
  messages,
}: CheckDeps['history']): Promise<MessageRecord | null> {
  const { items } = await chats.list({
    kinds: ['direct', 'group'],
    sort: 'last_active',
    limit: CHATS_LOOKED_AT,
  });
  const [smallest] = items
    .filter(({ messageCount }) => messageCount >= 2)
    .toSorted((a, b) => a.messageCount - b.messageCount);
  if (smallest === undefined) return null;
  const oldest = await messages.list({ chatId: smallest.id, order: 'oldest', limit: 2 });
  return oldest.items[1] ?? null;
}

/** The smallest recent file. */
export function mediaCheck({ history, clock }: CheckDeps): Check {
  return {
    check: 'media',
    capability: 'media.download',
    run: async ({ client, signal }) => {
      const { items } = await history.messages.list({
        hasMedia: true,
        since: nowSeconds(clock) - MEDIA_MAX_AGE_SECONDS,
        order: 'newest',
        limit: MEDIA_LOOKED_AT,
      });
      const small = items
        .filter(({ media, revokedAt }) => revokedAt === null && isSmall(media?.bytes))
        .toSorted((a, b) => (a.media?.bytes ?? 0) - (b.media?.bytes ?? 0));
      let gone: ErrorCode | null = null;
      for (const message of small.slice(0, MEDIA_TRIED)) {
        try {
          await client.command(
            'media.download',
            {
              message: refOf(message),
              type: message.type,
              media: message.media ?? {},
              maxBytes: MEDIA_MAX_BYTES,
            },
            { signal },
          );
          return PASSED;
        } catch (thrown) {
          const { code } = toTandemError(thrown);
          if (!FILE_IS_GONE.has(code)) return findingOf(thrown);
          gone = code;
        }
      }
      return nothingToTry(gone);
    },
  };
}

function isSmall(bytes: number | undefined): boolean {
  return bytes !== undefined && bytes > 0 && bytes < MEDIA_MAX_BYTES;
}

/** A message to the own chat. It counts as a send like any other. */
export function echoCheck({ rates, sendsPerMinute, clock, ids }: CheckDeps): Check {
  return {
    check: 'echo',
    capability: 'send.text',
    run: async ({ engine, client, status, signal }) => {
      const chat = status.account?.pn ?? status.account?.lid ?? null;
      if (chat === null) return nothingToTry();
      const rate = await rates.take(SEND_RATE.bucket, sendsPerMinute, SEND_RATE.windowMs, clock.now());
      if (!rate.ok) return nothingToTry('RATE_LIMITED');
      try {
        const messageId = newMessageId(ids);
        const sent = await client.command('send.text', { chat, messageId, text: ECHO_TEXT }, { signal });
        if (sent.messageId !== messageId) throw new TandemError('ENGINE_PROTOCOL', { engine });
        return PASSED;
      } catch (thrown) {
        return findingOf(thrown);
      }
    },
  };
}
