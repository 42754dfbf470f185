import assert from 'node:assert/strict';
import { type ErrorCode, TandemError } from '#kernel/errors.ts';
import { until } from '#kernel/testing/until.ts';
import type { Capability } from '../capability.ts';
import type { MessageRef } from '../command.ts';
import type { MessageObservation } from '../message.ts';
import type { Observation, ObservationOf } from '../observation.ts';
import type { EngineLevel, EngineStatus } from '../state.ts';
import type { Rig } from './rig.ts';

const EVERYTHING = 100_000;

export function level(rig: Rig, ...levels: readonly EngineLevel[]): Promise<EngineStatus> {
  return until(
    async () => {
      const status = await rig.client().status();
      return levels.includes(status.level) && status;
    },
    `level ${levels.join(' or ')}`,
  );
}

/** Everything in the outbox, without acknowledging it. Fails on anything that does not fit the contract. */
export async function observed(rig: Rig): Promise<readonly Observation[]> {
  const { outbox } = await rig.client().status();
  const answer = await rig.client().observations({ outbox: outbox.id, after: 0, max: EVERYTHING, waitMs: 0 });
  assert.deepEqual(
    answer.entries.flatMap((entry) => entry.rejected.map((one) => one.problems)),
    [],
  );
  return answer.entries.flatMap((entry) => entry.observations);
}

export async function observedOf<K extends Observation['kind']>(
  rig: Rig,
  kind: K,
): Promise<readonly ObservationOf<K>[]> {
  const all = await observed(rig);
  return all.filter((one): one is ObservationOf<K> => one.kind === kind);
}

/** The parts of a suite that are about one capability; left out where the engine does not offer it. */
export function describeOffered(capability: Capability, rig: () => Rig, tests: () => void): void {
  describe(capability, () => {
    before(async function () {
      const { capabilities } = await rig().client().status();
      if (!capabilities.includes(capability)) this.skip();
    });
    tests();
  });
}

/** The first observation of a message with this id. */
export function message(rig: Rig, id: string): Promise<MessageObservation> {
  return until(
    async () => (await observedOf(rig, 'message')).find((one) => one.id === id),
    'message in the outbox',
  );
}

/** How commands name a message that was observed. */
export async function refOf(rig: Rig, id: string): Promise<MessageRef> {
  const { chat, fromMe, sender } = await message(rig, id);
  return { chat, id, fromMe, sender };
}

/** Waits for an observation of this kind that fits; gives the newest. */
export function told<K extends Observation['kind']>(
  rig: Rig,
  kind: K,
  what: string,
  fits: (one: ObservationOf<K>) => boolean,
): Promise<ObservationOf<K>> {
  return until(async () => (await observedOf(rig, kind)).findLast(fits), what);
}

/** The chat with the friend, under either identity. */
export function isFriendChat(rig: Rig, jid: string): boolean {
  const { pn, lid } = rig.account.friend;
  return jid === pn || jid === lid;
}

let ids = 0;
/** A stanza id as a caller chooses it. */
export function nextMessageId(): string {
  ids += 1;
  return `3EB0C0${ids.toString(16).toUpperCase().padStart(14, '0')}`;
}

/** What a send may say that the server never answered: nobody knows, unless the friend has confirmed it. */
export async function unanswered(rig: Rig, messageId: string, outcome: string): Promise<void> {
  if (outcome === 'pending' || outcome === 'DELIVERY_UNKNOWN') return;
  assert.equal(outcome, 'sent');
  await told(
    rig,
    'receipt',
    'a receipt of the friend',
    (one) => one.ids.includes(messageId) && one.recipient !== null,
  );
}

/** A text of the account's own in the chat with the friend, sent by the engine. */
export async function sendOwn(rig: Rig, text: string): Promise<string> {
  const messageId = nextMessageId();
  await rig.client().command('send.text', { chat: rig.account.friend.pn, messageId, text });
  await message(rig, messageId);
  return messageId;
}

export async function linkByQr(rig: Rig): Promise<void> {
  const result = await rig.client().command('link.qr', {});
  assert.ok(result.state === 'offered' && result.offer.method === 'qr');
  await rig.account.scanQr(result.offer.text);
  await level(rig, 'ready');
}

/** Asserts that an action fails with one of these codes; returns the error. */
export async function fails(action: Promise<unknown>, ...codes: readonly ErrorCode[]): Promise<TandemError> {
  const thrown = await action.then(
    () => assert.fail('nothing was thrown'),
    (error: unknown) => error,
  );
  assert.ok(thrown instanceof TandemError, String(thrown));
  assert.ok(codes.includes(thrown.code), `${thrown.code} instead of ${codes.join(' or ')}`);
  return thrown;
}
