import type { Account } from '#simulator/account/account.ts';
import { ME } from '#simulator/account/model.ts';

const EMOJI = ['👍', '❤️', '😂', ''] as const;
const ORIGIN = { from: 'peer' } as const;

/** Lets some messages be edited, taken back and reacted to, some of them again and again. */
export function changeMessages(account: Account, count: number, random: () => number): void {
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  for (let n = 0; n < count; n += 1) {
    const chat = pick(account.chats());
    const message = account.message(chat.key, Math.floor(random() * chat.size));
    if (message === undefined || message.content.type === 'notice' || message.revoked !== null) continue;
    const target = { chat: chat.key, id: message.id, origin: ORIGIN };
    const others = chat.group?.members.map(({ person }) => person) ?? [chat.peer ?? ME, ME];
    const kind = random();
    if (kind < 0.4 && message.content.type === 'text') account.edit({ ...target, text: `changed ${n}` });
    else if (kind < 0.5) account.revoke({ ...target, by: message.sender });
    else account.react({ ...target, by: pick(others), emoji: pick(EMOJI) });
  }
}
