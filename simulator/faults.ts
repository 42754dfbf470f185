import type { BinaryNode } from '@whiskeysockets/baileys';
import type { Companion, DeviceRegistry } from './wire/devices.ts';
import type { Refusal } from './wire/listener.ts';
import type { FanOut } from './wire/messages/fan-out.ts';
import type { SendFate } from './wire/messages/fate.ts';
import { node } from './wire/nodes.ts';
import type { PhoneBehaviour } from './wire/phone/behaviour.ts';
import { deviceRemoved } from './wire/server/session-queries.ts';

/** Codes of `<stream:error>` that a client must tell apart. */
export const STREAM_ERRORS = [401, 403, 440, 500, 503, 515] as const;
export type StreamErrorCode = (typeof STREAM_ERRORS)[number];

/** What the server decides with; the wire asks at every step. */
export type FaultState = {
  /** What new connections meet. */
  refusal: Refusal | null;
  /** `<failure reason>` for logins, and how many more. */
  loginFailure: { readonly reason: number; remaining: number } | null;
  readonly sendFates: SendFate[];
  refusePhoneNumbers: boolean;
  refuseLateChanges: boolean;
};

export const createFaultState = (): FaultState => ({
  refusal: null,
  loginFailure: null,
  sendFates: [],
  refusePhoneNumbers: false,
  refuseLateChanges: false,
});

export const takeLoginFailure = (state: FaultState): number | null => {
  const failure = state.loginFailure;
  if (!failure || failure.remaining <= 0) return null;
  failure.remaining -= 1;
  return failure.reason;
};

/** Breaks things on command. Without a device number, every connected device is meant. */
export type Faults = {
  /** Ends the stream with this code; 401 also unlinks the device. Returns how many devices it reached. */
  readonly streamError: (code: StreamErrorCode, deviceId?: number) => number;
  readonly drop: (deviceId?: number) => number;
  /** The next stanza of at least so many bytes stops in the middle, and the connection breaks. */
  readonly cutNextStanza: (minimumBytes: number, deviceId?: number) => number;
  /** Refuses new connections with an HTTP status or a TCP reset; null ends it. */
  readonly refuseConnections: (refusal: Refusal | null) => void;
  /** Answers the next logins with `<failure reason>`; 405 is "client too old". */
  readonly failLogins: (reason: number, times?: number) => void;
  /** What becomes of the next messages that devices send, in order. */
  readonly nextSends: (...fates: readonly SendFate[]) => void;
  /** Ack error 463 for messages to the number of a contact with a LID. */
  readonly refusePhoneNumbers: (on: boolean) => void;
  /** Ack error for edits and revokes after their window, see change-rules. */
  readonly refuseLateChanges: (on: boolean) => void;
  /** The next live message to the device arrives damaged, so that it asks again. */
  readonly corruptNextMessage: (deviceId?: number) => number;
  /** Change at will: silence, delays, page size. */
  readonly phone: PhoneBehaviour;
  /** Undoes all that lasts. */
  readonly reset: () => void;
};

export type FaultDeps = {
  readonly state: FaultState;
  readonly registry: DeviceRegistry;
  readonly fanOut: FanOut;
  readonly phone: PhoneBehaviour;
  readonly freshPhone: () => PhoneBehaviour;
};

const replacedStanza = node('stream:error', {}, [node('conflict', { type: 'replaced' })]);

const streamErrorStanza = (code: StreamErrorCode): BinaryNode =>
  code === 440 ? replacedStanza : node('stream:error', { code: String(code) });

export const createFaults = ({ state, registry, fanOut, phone, freshPhone }: FaultDeps): Faults => {
  const each = (deviceId: number | undefined, work: (companion: Companion) => void): number => {
    const hit = registry
      .companions()
      .filter((companion) => companion.connection()?.isOpen() && (deviceId ?? companion.id) === companion.id);
    for (const companion of hit) work(companion);
    return hit.length;
  };
  return {
    streamError: (code, deviceId) =>
      each(deviceId, (companion) => {
        if (code === 401) registry.remove(companion, deviceRemoved);
        else companion.connection()?.end(streamErrorStanza(code));
      }),
    drop: (deviceId) => each(deviceId, (companion) => companion.connection()?.drop()),
    cutNextStanza: (minimumBytes, deviceId) =>
      each(deviceId, (companion) => companion.connection()?.cutNextStanza(minimumBytes)),
    refuseConnections: (refusal) => {
      state.refusal = refusal;
    },
    failLogins: (reason, times = 1) => {
      state.loginFailure = { reason, remaining: times };
    },
    nextSends: (...fates) => void state.sendFates.push(...fates),
    refusePhoneNumbers: (on) => {
      state.refusePhoneNumbers = on;
    },
    refuseLateChanges: (on) => {
      state.refuseLateChanges = on;
    },
    corruptNextMessage: (deviceId) => each(deviceId, fanOut.corruptNext),
    phone,
    reset: () => {
      Object.assign(state, {
        refusal: null,
        loginFailure: null,
        refusePhoneNumbers: false,
        refuseLateChanges: false,
      });
      state.sendFates.length = 0;
      Object.assign(phone, freshPhone());
    },
  };
};
