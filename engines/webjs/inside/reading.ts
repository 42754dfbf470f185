import type { Loose, MessageAddress, PageGlobal } from './loose.ts';

export interface OlderQuestion {
  readonly chat: string;
  /** Null = from the newest on. */
  readonly before: { readonly id: string; readonly t: number } | null;
  readonly count: number;
  /** How often the disk is asked at most. */
  readonly loads: number;
}

/**
 * Reading what the page has. Nothing here marks as read, opens or makes a chat, or shows the account online.
 * Runs in the page, behind installModels.
 */
export function installReading(): void {
  const page = globalThis as unknown as PageGlobal;
  if (page.TandemPage === undefined || page.TandemModels === undefined) return;
  const { kit, tools } = page.TandemPage;
  if (tools.older !== undefined) return;
  const { module, collections, groups, get, models, widText, toWid, chatOf, groupOf, keyText, printOf } = kit;
  const plain = page.TandemModels;

  /** One that cannot be read must not hide the others. */
  const each = (ids: readonly string[], read: (id: string) => unknown) => {
    const found: unknown[] = [];
    let broken = 0;
    for (const id of ids) {
      try {
        const one = read(id);
        if (one !== null) found.push(one);
      } catch {
        broken += 1;
      }
    }
    return { found, broken };
  };
  type Ids = { readonly ids: readonly string[] };

  /** Ids only: of thousands of chats they are one small answer, and the plan of the next questions. Newest first. */
  tools.chatIds = () => {
    const chats = [...models(collections().Chat)];
    chats.sort((a, b) => Number(get(b, 't') ?? 0) - Number(get(a, 't') ?? 0));
    return chats.flatMap((chat) => widText(get(chat, 'id')) ?? []);
  };
  tools.contactIds = () =>
    models(collections().Contact)
      .flatMap((contact) => widText(get(contact, 'id')) ?? [])
      .filter((id) => /@(c\.us|lid)$/.test(id));
  tools.chats = ({ ids }: Ids) => each(ids, plain.chat);
  tools.contacts = ({ ids }: Ids) => each(ids, plain.contact);
  /** As the page has them, without asking the server. */
  tools.groups = ({ ids }: Ids) => each(ids, plain.group);
  /** As the server has it now. */
  tools.refreshGroup = async ({ id }: { readonly id: string }) => {
    if (groupOf(id) === undefined) return null;
    try {
      await groups()?.update?.(toWid(id));
    } catch (error) {
      const status: unknown = get(error, 'status') ?? get(error, 'statusCode');
      if (status === 401 || status === 403) return { refused: true };
      if (status === 404) return null;
      throw error;
    }
    return plain.group(id);
  };
  tools.find = async (address: MessageAddress) => {
    const message = await kit.messageOf(address);
    return message === undefined ? null : ((await plain.messages([message]))[0] ?? null);
  };

  /** What is in memory of some chats. */
  tools.prints = ({ ids }: Ids) =>
    each(ids, (id) => {
      const chat = chatOf(id);
      return chat ? { id, prints: models(chat.msgs).map(printOf) } : null;
    });
  /** Messages in memory, the oldest first. */
  tools.byKey = async ({ chat, keys }: { readonly chat: string; readonly keys: readonly string[] }) => {
    const wanted = new Set(keys);
    const found = models(chatOf(chat)?.msgs).filter((message) => wanted.has(keyText(message.id)));
    return await plain.messages(found.toSorted((a, b) => Number(a.t) - Number(b.t)));
  };

  /**
   * Older messages, the newest first: from memory, then from disk as far as needed. Only the slice asked for crosses. Messages
   * of one second keep the order that the page gives them.
   */
  tools.older = async ({ chat: id, before, count, loads }: OlderQuestion) => {
    const chat = chatOf(id);
    if (!chat) return null;
    const inMemory = () => models(chat.msgs).toSorted((a, b) => Number(a.t) - Number(b.t));
    const olderOnes = (all: readonly Loose[]): readonly Loose[] => {
      if (before === null) return all;
      const at = all.findLastIndex((message) => String(get(message.id, 'id')) === before.id);
      if (at >= 0) return all.slice(0, at);
      // Unknown here: what shares its second may be on either side of it, and told twice is better than never.
      return all.filter((message) => Number(message.t) <= before.t);
    };
    const load = module('WAWebChatLoadMessages')?.loadEarlierMsgs;
    let found = olderOnes(inMemory());
    let exhausted = false;
    for (let turn = 0; turn < loads && found.length < count && !exhausted; turn += 1) {
      const size = models(chat.msgs).length;
      const loaded: unknown = await load?.({ chat });
      exhausted = models(chat.msgs).length <= size && !(Array.isArray(loaded) && loaded.length > 0);
      found = olderOnes(inMemory());
    }
    const slice = found.slice(-count);
    const oldest = slice[0];
    return {
      chat: widText(chat.id),
      messages: (await plain.messages(slice)).toReversed(),
      prints: slice.map(printOf),
      oldest: oldest === undefined ? null : { id: String(get(oldest.id, 'id')), t: Number(oldest.t) },
      exhausted: exhausted && found.length <= count,
      held: models(chat.msgs).length,
      inMemory: Number(collections().Msg?.length ?? 0),
      endOfHistoryTransferType: get(chat, 'endOfHistoryTransferType'),
    };
  };

  /** Asks the phone for what is older than everything here. The answer comes into the page's store by itself, or never. */
  tools.askPhone = async ({ chat: id }: { readonly chat: string }) => {
    const chat = chatOf(id);
    const ask = module('WAWebSendNonMessageDataRequest')?.sendPeerDataOperationRequest;
    if (!chat || !ask) return { asked: false };
    const HISTORY_ON_DEMAND = 3;
    await ask(HISTORY_ON_DEMAND, { chatId: chat.id });
    return { asked: true };
  };
}
