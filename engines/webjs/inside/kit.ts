import type { Loose, PageGlobal, PageKit } from './loose.ts';

/** Finding and naming things in the page. Runs there: it uses nothing from outside itself. */
export function installKit(): void {
  const page = globalThis as unknown as PageGlobal;
  if (page.TandemPage !== undefined) return;
  const ALTS_MAX = 50_000;

  const module: PageKit['module'] = (name) => {
    try {
      return page.require(name) ?? null;
    } catch {
      return null;
    }
  };
  const collections = (): Loose => page.require('WAWebCollections');
  const groups = () => collections().GroupMetadata ?? collections().WAWebGroupMetadataCollection;
  const get: PageKit['get'] = (model, name) => {
    try {
      return (model as Loose | null | undefined)?.[name];
    } catch {
      return undefined;
    }
  };
  const call: PageKit['call'] = (owner, name, ...args) => {
    const found: unknown = get(owner, name);
    if (typeof found !== 'function') throw new TypeError(`${name} is not a function`);
    return Reflect.apply(found, owner, args) as Loose | undefined;
  };
  const models: PageKit['models'] = (collection) => {
    const list: unknown = (collection as Loose | undefined)?.getModelsArray?.() ?? collection;
    return Array.isArray(list) ? (list as readonly Loose[]) : [];
  };
  const isText = (value: unknown): value is string => typeof value === 'string';

  const widText: PageKit['widText'] = (wid) => {
    if (isText(wid)) return wid;
    const text: unknown = get(wid, '_serialized');
    if (isText(text)) return text;
    const user: unknown = get(wid, 'user');
    const server: unknown = get(wid, 'server');
    return isText(user) && isText(server) ? `${user}@${server}` : undefined;
  };
  const toWid: PageKit['toWid'] = (text) => module('WAWebWidFactory')?.createWid?.(text);

  const alts = new Map<string, string>();
  const altOf: PageKit['altOf'] = (wid) => {
    const text = widText(wid)?.replace(/:\d+@/, '@');
    if (text === undefined || !/@(c\.us|lid)$/.test(text)) return undefined;
    const known = alts.get(text);
    if (known !== undefined) return known;
    try {
      const api = module('WAWebApiContact');
      const user = isText(wid) ? toWid(text) : wid;
      const other = text.endsWith('@lid') ? api?.getPhoneNumber?.(user) : api?.getCurrentLid?.(user);
      const found = widText(other ?? api?.getAlternateUserWid?.(user));
      if (found === undefined) return undefined;
      if (alts.size >= ALTS_MAX) alts.clear();
      alts.set(text, found);
      return found;
    } catch {
      return undefined;
    }
  };

  const keyText: PageKit['keyText'] = (key) => {
    if (isText(key)) return key;
    // The name of the text changes between builds; the four parts do not.
    const named: unknown = get(key, '_serialized') ?? get(key, '$1');
    if (isText(named)) return named;
    const parts = [
      get(key, 'fromMe'),
      widText(get(key, 'remote')),
      get(key, 'id'),
      widText(get(key, 'participant')),
    ];
    return parts.filter((part) => part !== undefined).join('_');
  };
  const keyOf: PageKit['keyOf'] = (key) => {
    if (key === undefined || key === null) return undefined;
    if (isText(key)) return key;
    const remote = widText(get(key, 'remote'));
    return {
      fromMe: get(key, 'fromMe'),
      remote,
      id: get(key, 'id'),
      participant: widText(get(key, 'participant')),
    };
  };

  const either = (collection: Loose | undefined, id: string): Loose | undefined => {
    const alt = altOf(id);
    for (const name of alt === undefined ? [id] : [id, alt]) {
      const found = collection?.get?.(toWid(name)) ?? collection?.get?.(name);
      if (found) return found;
    }
    return undefined;
  };
  const chatOf: PageKit['chatOf'] = (id) => either(collections().Chat, id);
  const contactOf: PageKit['contactOf'] = (id) =>
    collections().Contact?.get?.(toWid(id)) ?? collections().Contact?.get?.(id);
  const groupOf: PageKit['groupOf'] = (id) => get(chatOf(id), 'groupMetadata') ?? either(groups(), id);

  const messageOf: PageKit['messageOf'] = async ({ chat, id, fromMe, sender }) => {
    const { Msg } = collections();
    const isIt = (message: Loose) => isText(get(message.id, 'id')) && String(message.id?.id) === id;
    const fits = (message: Loose) => {
      if (!isIt(message) || Boolean(get(message.id, 'fromMe')) !== fromMe) return false;
      const author = widText(get(message, 'author') ?? get(message.id, 'participant'));
      return fromMe || sender === null || author === undefined || [sender, altOf(sender)].includes(author);
    };
    const inMemory = models(chatOf(chat)?.msgs).find(fits);
    if (inMemory !== undefined) return inMemory;
    const me = module('WAWebUserPrefsMeUser');
    const own = [widText(me?.getMaybeMePnUser?.()), widText(me?.getMaybeMeLidUser?.())];
    const theirs = sender === null ? [] : [sender, altOf(sender)];
    const authors = (fromMe ? own : theirs).filter(isText);
    const ends = chat.endsWith('@g.us') ? authors.map((author) => `_${author}`) : ['', '_out'];
    for (const remote of [chat, altOf(chat)].filter(isText)) {
      for (const end of ends) {
        const text = `${fromMe}_${remote}_${id}${end}`;
        const kept = Msg?.get?.(text) ?? (await Msg?.getMessagesById?.([text]))?.messages?.[0];
        if (kept && isIt(kept)) return kept;
      }
    }
    return undefined;
  };

  const printOf: PageKit['printOf'] = (message) => {
    const type = String(get(message, 'type'));
    const kind = type === 'revoked' || type === 'ciphertext' ? type : '';
    const ack = get(message.id, 'fromMe') ? get(message, 'ack') : '';
    const reacted = get(message, 'hasReaction') ? 1 : '';
    const print = [kind, ack, get(message, 'latestEditSenderTimestampMs') ?? '', reacted].join();
    return [keyText(message.id), Number(get(message, 't')), print];
  };

  page.TandemPage = {
    kit: {
      module, collections, groups, get, call, models, widText, toWid, altOf, keyText, keyOf, chatOf, contactOf, groupOf,
      messageOf, printOf,
    }, // biome-ignore format: a list reads better dense
    tools: {},
  };
}
