import type { Account } from '../../account/account.ts';
import { mix } from '../../account/dice.ts';
import type { ChatKey, SimChat } from '../../account/model.ts';
import { MAX_PAGE_MESSAGES, type OnDemandMode, type PhoneBehaviour } from './behaviour.ts';

/** What the orders say about one request. Asking counts: an order for N requests has one less afterwards. */
export const takeOnDemandMode = (behaviour: PhoneBehaviour, chat: ChatKey | null): OnDemandMode => {
  const rule = chat === null ? undefined : behaviour.onDemandByChat[chat];
  if (typeof rule === 'string') return rule;
  if (rule && chat !== null) {
    const times = rule.times - 1;
    if (times > 0) behaviour.onDemandByChat[chat] = { ...rule, times };
    else delete behaviour.onDemandByChat[chat];
    return rule.mode;
  }
  return behaviour.onDemandNext.shift() ?? behaviour.onDemand;
};

/** Whether the phone is to have forgotten this anchor. One that it forgot stays forgotten. */
export const isDeadAnchor = (behaviour: PhoneBehaviour, anchorId: string): boolean => {
  if (behaviour.deadAnchors.includes(anchorId)) return true;
  if (behaviour.deadAnchorsNext <= 0) return false;
  behaviour.deadAnchorsNext -= 1;
  behaviour.deadAnchors.push(anchorId);
  return true;
};

/** The same number gives the same wait, so that a run can be repeated. */
export const answerDelayMs = (behaviour: PhoneBehaviour, requestNumber: number): number =>
  behaviour.onDemandDelayMs +
  (behaviour.onDemandJitterMs > 0 ? mix(0x6a, requestNumber) % (behaviour.onDemandJitterMs + 1) : 0);

export const pageSize = (behaviour: PhoneBehaviour): number =>
  Math.min(behaviour.onDemandPageSize, MAX_PAGE_MESSAGES);

/** What `other-chat` answers about: messages that no device was pushed, where there are such. */
export const otherChatRange = (
  account: Account,
  behaviour: PhoneBehaviour,
  asked: SimChat,
): { readonly chat: SimChat; readonly to: number } | null => {
  const chats = account.chats();
  const at = chats.findIndex(({ key }) => key === asked.key);
  const following = [...chats.slice(at + 1), ...chats.slice(0, Math.max(0, at))];
  const chat =
    behaviour.otherChat === null
      ? following.find(({ size }) => size > 0)
      : chats.find(({ key }) => key === behaviour.otherChat);
  return chat ? { chat, to: chat.pushedFrom > 0 ? chat.pushedFrom : chat.size } : null;
};
