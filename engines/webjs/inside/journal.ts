import type { Loose, PageGlobal } from './loose.ts';

/**
 * Writes down what happens in the page, until the engine has taken it. The library's own events are lost when a wrapper of it
 * throws or a build renames what it relies on, and some of them ask the page to make a chat; these do neither.
 * Runs in the page, behind installModels.
 */
export function installJournal(): void {
  const page = globalThis as unknown as PageGlobal;
  if (page.TandemPage === undefined || page.TandemModels === undefined) return;
  const { kit, tools } = page.TandemPage;
  if (tools.drain !== undefined) return;
  const { module, collections, groups, get, widText, altOf, keyOf } = kit;
  const plain = page.TandemModels;
  /** More is not kept for an engine that stopped listening; it looks through everything again then. */
  const NOTES_MAX = 20_000;

  interface Note {
    readonly seq: number;
    readonly kind: string;
    readonly message?: Loose;
    readonly data?: unknown;
  }
  type Level = 'chats' | 'groups' | 'contacts';

  const epoch = `${Date.now()}-${Math.random()}`;
  let seq = 0;
  let lost = 0;
  let watching = false;
  let notes: Note[] = [];
  /** Id → number of the last change. What they are is read when somebody asks. */
  const changed: Record<Level, Map<string, number>> = {
    chats: new Map(),
    groups: new Map(),
    contacts: new Map(),
  };

  const note = (kind: string, found: Pick<Note, 'message' | 'data'>) => {
    if (notes.length >= NOTES_MAX) lost += notes.splice(0, NOTES_MAX / 2).length;
    seq += 1;
    notes.push({ seq, kind, ...found });
  };
  const touch = (level: Level, id: unknown) => {
    const text = widText(id);
    if (text === undefined) return;
    seq += 1;
    changed[level].set(text, seq);
  };
  const listen = (collection: Loose | undefined, event: string, hear: (model: Loose) => void) => {
    collection?.on?.(event, (model: Loose) => {
      try {
        hear(model);
      } catch {
        lost += 1;
      }
    });
  };
  const watchMessages = ({ Msg }: Loose) => {
    listen(Msg, 'add', (message) => {
      // Without the flag it is history that was loaded, by us as a rule.
      if (!message.isNewMsg) return;
      note('message', { message });
      if (String(message.type) === 'gp2') touch('groups', get(message.id, 'remote'));
    });
    listen(Msg, 'change:type', (message) =>
      note(String(message.type) === 'revoked' ? 'revoke' : 'message', { message }),
    );
    listen(Msg, 'change:ack', (message) => {
      if (get(message.id, 'fromMe')) note('ack', { message });
    });
    listen(Msg, 'remove', (message) => {
      // Others leave memory for reasons of the page's own.
      if (message.isNewMsg) note('removed', { message });
    });
    listen(Msg, 'change:body change:caption', (message) => note('edit', { message }));
  };
  const watchReactions = () => {
    const table = module('WAWebAddonReactionTableMode')?.reactionTableMode;
    const upsert = table?.bulkUpsert;
    if (!table || !upsert) return;
    const hear = (reaction: Loose) => {
      const sender = get(reaction, 'author') ?? get(reaction, 'from');
      const parent = get(reaction, 'reactionParentKey');
      const data = {
        sender: widText(sender),
        senderAlt: altOf(sender),
        fromMe: get(get(reaction, 'id'), 'fromMe'),
        text: get(reaction, 'reactionText'),
        at: get(reaction, 'reactionTimestamp'),
        carrier: keyOf(get(reaction, 'id')),
        parent: keyOf(parent),
        parentChatAlt: altOf(get(parent, 'remote')),
        parentAuthorAlt: altOf(get(parent, 'participant')),
      };
      note('reaction', { data });
    };
    table.bulkUpsert = ((...args: readonly unknown[]) => {
      try {
        for (const reaction of args[0] as readonly Loose[]) hear(reaction);
      } catch {
        lost += 1;
      }
      return Reflect.apply(upsert, table, args) as Loose;
    }) as unknown as Loose;
  };

  /** Starts, once for each document. */
  tools.watch = () => {
    if (!watching) {
      watching = true;
      const all = collections();
      watchMessages(all);
      watchReactions();
      for (const event of [
        'add',
        'change',
        'change:unreadCount',
        'change:archive',
        'change:pin',
        'change:muteExpiration',
      ])
        listen(all.Chat, event, (chat) => touch('chats', chat.id));
      listen(all.Chat, 'remove', (chat) => note('chat-removed', { data: widText(chat.id) }));
      listen(all.Mute, 'change:expiration', (mute) => touch('chats', mute.id));
      for (const event of ['add', 'change']) {
        listen(all.Contact, event, (contact) => touch('contacts', contact.id));
        listen(groups(), event, (group) => touch('groups', group.id));
      }
      for (const event of ['add', 'remove'])
        listen(all.Blocklist, event, (blocked) => touch('contacts', blocked.id));
    }
    return { epoch, seq };
  };

  const levelsOf = (level: Level, after: number, last: number) => {
    const found: unknown[] = [];
    for (const [id, at] of [...changed[level]]) {
      if (at <= after) changed[level].delete(id);
      else if (at <= last) {
        try {
          found.push(plain[level === 'chats' ? 'chat' : level === 'groups' ? 'group' : 'contact'](id));
        } catch {
          lost += 1;
        }
      }
    }
    return found.filter((one) => one !== null);
  };

  /** What happened behind `after`; what lies before it is forgotten. Asked again with the same number, it says the same. */
  tools.drain = ({ after, max }: { after: number; max: number }) => {
    notes = notes.filter((one) => one.seq > after);
    const taken = notes.slice(0, max);
    const last = notes.length > taken.length ? (taken.at(-1)?.seq ?? after) : seq;
    const entries: unknown[] = [];
    for (const { kind, message, data } of taken) {
      try {
        const found = message === undefined ? data : plain.message(message);
        const print = message === undefined ? undefined : kit.printOf(message);
        // With a chat go all its messages, which is said of the chat.
        if (kind === 'removed' && kit.chatOf(widText(get(message?.id, 'remote')) ?? '') === undefined)
          continue;
        if (found !== null && found !== undefined) entries.push({ kind, found, print });
      } catch {
        lost += 1;
      }
    }
    const answer = {
      epoch,
      last,
      more: last < seq,
      lost,
      entries,
      chats: levelsOf('chats', after, last),
      groups: levelsOf('groups', after, last),
      contacts: levelsOf('contacts', after, last),
    };
    lost = 0;
    return answer;
  };
}
