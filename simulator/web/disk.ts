import { setTimeout as sleep } from 'node:timers/promises';
import type { SimChat } from '../account/model.ts';
import type { WebDeps, WebDevice } from './contract.ts';

/** `endOfHistoryTransferType` as the chat model of the page has it; the wire's numbers are others. */
export const HISTORY_END = {
  moreOnPhone: 0,
  nothingMore: 1,
  incomplete: 2,
  /** Asked for and got, and the phone has still more. */
  moreAfterRequest: 4,
  noAccess: 5,
} as const;

/** Fills the store of a newly linked browser with what the phone pushes to every new device. */
export type Disk = {
  readonly fill: (device: WebDevice) => void;
  readonly forget: (device: WebDevice) => void;
  readonly close: () => void;
};

// How often a waiting transfer looks whether it may go on.
const WAIT_POLL_MS = 20;

export const createDisk = ({ account, wire }: WebDeps): Disk => {
  const { phone: behaviour } = wire.faults;
  const gone = new Set<WebDevice>();
  let closed = false;

  /** The newest message comes with the list of chats; everything else in chunks. */
  const bootstrap = (device: WebDevice, chat: SimChat): void => {
    device.extend(chat.key, Math.max(chat.pushedFrom, chat.size - 1));
    device.setHistoryEnd(chat.key, HISTORY_END.incomplete);
  };

  const hand = (device: WebDevice, chat: SimChat): void => {
    device.extend(chat.key, chat.pushedFrom);
    const complete = chat.pushedFrom === 0;
    device.setHistoryEnd(chat.key, complete ? HISTORY_END.nothingMore : HISTORY_END.moreOnPhone);
  };

  const unhurried = (): boolean => !behaviour.paused && behaviour.chunkDelayMs === 0;
  const over = (device: WebDevice): boolean => closed || gone.has(device);

  const handSlowly = async (device: WebDevice, chats: readonly SimChat[]): Promise<void> => {
    let room = behaviour.messagesPerChunk;
    for (const chat of chats) {
      if (behaviour.chunkDelayMs > 0 && room <= 0) await sleep(behaviour.chunkDelayMs);
      while (behaviour.paused && !over(device)) await sleep(WAIT_POLL_MS);
      if (over(device)) return;
      room = room <= 0 ? behaviour.messagesPerChunk : room;
      room -= chat.size - chat.pushedFrom;
      hand(device, chat);
    }
  };

  return {
    fill: (device) => {
      const chats = account.chats();
      for (const chat of chats) bootstrap(device, chat);
      if (unhurried()) for (const chat of chats) hand(device, chat);
      else void handSlowly(device, chats);
    },
    forget: (device) => void gone.add(device),
    close: () => {
      closed = true;
    },
  };
};
