import type { Account } from '#simulator/account/account.ts';

/** Lets one thing happen in the account, as its people and its phone do them. */
export function liveOn(account: Account, random: () => number, n: number): void {
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const chats = account.chats().filter((chat) => !chat.readOnly && chat.kind !== 'community');
  const chat = pick(chats);
  const others = chat.group?.members.map(({ person }) => person).filter((one) => one !== 'me') ?? [];
  const sender = chat.peer ?? pick(others);
  const content = { type: 'text', text: `life ${n} in ${chat.key}` } as const;
  const last = account.message(chat.key, chat.size - 1);
  const target = { chat: chat.key, id: last?.id ?? '' };
  const what = random();
  if (last === undefined || what < 0.5) account.receive({ chat: chat.key, sender, content });
  else if (what < 0.7) account.sendFromPhone({ chat: chat.key, content });
  else if (what < 0.8) account.react({ ...target, by: sender, emoji: '👍', origin: { from: 'peer' } });
  else if (last.revoked !== null || last.content.type !== 'text')
    account.receive({ chat: chat.key, sender, content });
  else {
    const origin = { from: last.fromMe ? ('phone' as const) : ('peer' as const) };
    if (what < 0.92) account.edit({ ...target, text: `changed ${n}`, origin });
    else account.revoke({ ...target, by: last.sender, origin });
  }
}
