import { blobSeedOf } from './blob-seed.ts';
import type { AccountCore } from './core.ts';
import type {
  ChatKey,
  DeliveryStatus,
  MessageOrigin,
  PersonKey,
  SimChat,
  SimContent,
  SimMessage,
  SimReceipt,
} from './model.ts';
import { ME } from './model.ts';

export interface Draft {
  readonly chat: ChatKey;
  readonly content: SimContent;
  /** Fresh ones are drawn from the world when not given. */
  readonly id?: string;
  readonly time?: number;
  /** Stanza id of the message this one answers. */
  readonly quoteId?: string;
  readonly mentions?: readonly PersonKey[];
  readonly forwarded?: boolean;
}

interface Target {
  readonly chat: ChatKey;
  readonly id: string;
  /** The stanza that carries the change has an id too. */
  readonly stanzaId?: string;
  readonly by?: PersonKey;
  readonly origin: MessageOrigin;
}

/** All actions take effect and emit before they return. */
export interface MessageActions {
  /** Somebody writes to the owner. `sender` defaults to the other side of a direct chat. */
  receive(draft: Draft & { readonly sender?: PersonKey }): SimMessage;
  sendFromPhone(draft: Draft): SimMessage;
  /** A linked device sent this. The same id again is not stored again. */
  recordDeviceSend(draft: Draft & { readonly id: string; readonly device: string }): SimMessage;
  /** Null when the chat has no such message. */
  edit(target: Target & { readonly text: string }): SimMessage | null;
  revoke(target: Target): SimMessage | null;
  /** An empty emoji takes the reaction back. */
  react(target: Target & { readonly by: PersonKey; readonly emoji: string }): SimMessage | null;
  /** On a poll; no options take the vote back. Null when there is no such poll or option. */
  vote(target: Target & { readonly by: PersonKey; readonly options: readonly string[] }): SimMessage | null;
  /** The owner removes it from the own devices. Doing it again changes nothing but is told again. */
  deleteForMe(target: Pick<Target, 'chat' | 'id' | 'origin'>): SimMessage | null;
  /** Somebody's device got, read or played messages of the owner. Status only advances. */
  receipt(input: {
    readonly chat: ChatKey;
    readonly ids: readonly string[];
    readonly person: PersonKey;
    readonly kind: 'delivered' | 'read' | 'played';
  }): void;
}

const RANK: Readonly<Record<DeliveryStatus, number>> = {
  pending: 0,
  server: 1,
  delivered: 2,
  read: 3,
  played: 4,
};

export const createMessageActions = (core: AccountCore): MessageActions => {
  const { state, world, emit } = core;

  /** A new file must be found again from its path, so it is named after the place of its message. */
  const filed = (content: SimContent, chat: SimChat): SimContent =>
    content.type === 'media' && content.media.blobSeed === ''
      ? {
          ...content,
          media: { ...content.media, blobSeed: blobSeedOf(state.shape.seed, chat.key, chat.size) },
        }
      : content;

  const store = (draft: Draft, sender: PersonKey, origin: MessageOrigin): SimMessage => {
    const chat = state.chat(draft.chat);
    const quoted = draft.quoteId === undefined ? undefined : state.messageById(chat.key, draft.quoteId);
    const message = state.append({
      chat: chat.key,
      id: draft.id ?? world.nextId(),
      sender,
      fromMe: sender === ME,
      time: draft.time ?? world.nowSeconds(),
      content: filed(draft.content, chat),
      quote: quoted === undefined ? null : { id: quoted.id, sender: quoted.sender, content: quoted.content },
      mentions: draft.mentions ?? [],
      forwarded: draft.forwarded ?? false,
      revisions: [],
      revoked: null,
      reactions: [],
      votes: [],
      status: sender === ME ? 'server' : 'delivered',
      receipts: [],
      starred: false,
      deletedForMe: false,
    });
    if (sender !== ME) {
      const now = state.chat(chat.key);
      state.setChat({ ...now, unreadCount: now.unreadCount + 1 });
    }
    emit({ type: 'message', message, origin });
    return message;
  };

  const withReceipt = (
    message: SimMessage,
    person: PersonKey,
    kind: 'delivered' | 'read' | 'played',
    time: number,
  ) => {
    const before = message.receipts.find((r) => r.person === person) ?? {
      person,
      deliveredAt: null,
      readAt: null,
    };
    const after: SimReceipt = {
      person,
      deliveredAt: before.deliveredAt ?? time,
      readAt: kind === 'delivered' ? before.readAt : (before.readAt ?? time),
    };
    return [...message.receipts.filter((r) => r.person !== person), after];
  };

  /** In a group the ticks change once everybody has got that far. */
  const groupStatus = (message: SimMessage, receipts: readonly SimReceipt[]): DeliveryStatus => {
    const members = state.chat(message.chat).group?.members ?? [];
    const others = members.filter((m) => m.person !== ME);
    const all = (test: (r: SimReceipt) => boolean): boolean =>
      others.every((m) => receipts.some((r) => r.person === m.person && test(r)));
    if (all((r) => r.readAt !== null)) return 'read';
    return all((r) => r.deliveredAt !== null) ? 'delivered' : 'server';
  };

  return {
    receive: (draft) => store(draft, draft.sender ?? state.chat(draft.chat).peer ?? ME, { from: 'peer' }),
    sendFromPhone: (draft) => store(draft, ME, { from: 'phone' }),
    recordDeviceSend: (draft) =>
      state.messageById(draft.chat, draft.id) ?? store(draft, ME, { from: 'device', device: draft.device }),
    edit: ({ chat, id, text, stanzaId, origin }) => {
      const found = state.messageById(chat, id);
      if (found === undefined || found.revoked !== null) return null;
      const time = world.nowSeconds();
      const message = state.patch(chat, found.index, { revisions: [...found.revisions, { text, time }] });
      emit({ type: 'edit', message, id: stanzaId ?? world.nextId(), text, time, origin });
      return message;
    },
    revoke: ({ chat, id, stanzaId, by, origin }) => {
      const found = state.messageById(chat, id);
      if (found === undefined || found.revoked !== null) return null;
      const revoked = { by: by ?? found.sender, time: world.nowSeconds() };
      const message = state.patch(chat, found.index, { revoked, reactions: [] });
      emit({ type: 'revoke', message, id: stanzaId ?? world.nextId(), ...revoked, origin });
      return message;
    },
    react: ({ chat, id, by, emoji, stanzaId, origin }) => {
      const found = state.messageById(chat, id);
      if (found === undefined || found.revoked !== null) return null;
      const reaction = { person: by, emoji, time: world.nowSeconds() };
      const reactions = [...found.reactions.filter((r) => r.person !== by), reaction];
      const message = state.patch(chat, found.index, { reactions });
      emit({ type: 'reaction', message, id: stanzaId ?? world.nextId(), reaction, origin });
      return message;
    },
    vote: ({ chat, id, by, options, stanzaId, origin }) => {
      const found = state.messageById(chat, id);
      const known = found?.content.type === 'poll' ? found.content.options : [];
      if (found?.content.type !== 'poll' || found.revoked !== null) return null;
      if (!options.every((option) => known.includes(option))) return null;
      const vote = { person: by, options, time: world.nowSeconds() };
      const votes = [...found.votes.filter((v) => v.person !== by), vote];
      const message = state.patch(chat, found.index, { votes });
      emit({ type: 'vote', message, id: stanzaId ?? world.nextId(), vote, origin });
      return message;
    },
    deleteForMe: ({ chat, id, origin }) => {
      const found = state.messageById(chat, id);
      if (found === undefined) return null;
      const message = state.patch(chat, found.index, { deletedForMe: true });
      emit({ type: 'deleted-for-me', message, origin });
      return message;
    },
    receipt: ({ chat, ids, person, kind }) => {
      const time = world.nowSeconds();
      const own = ids.flatMap((id) => state.messageById(chat, id) ?? []).filter((message) => message.fromMe);
      for (const message of own) {
        const isGroup = state.chat(chat).group !== null;
        const receipts = isGroup ? withReceipt(message, person, kind, time) : message.receipts;
        const status = isGroup ? groupStatus(message, receipts) : kind;
        state.patch(chat, message.index, {
          receipts,
          status: RANK[status] > RANK[message.status] ? status : message.status,
        });
      }
      if (own.length > 0) emit({ type: 'receipt', chat, ids: own.map((m) => m.id), person, kind, time });
    },
  };
};
