import { z } from 'zod';
import { ME, type SimChat, type SimMessage } from '../../account/model.ts';
import { isAllowed, isTooLate } from '../../wire/messages/change-rules.ts';
import type { Intent } from '../../wire/messages/interpret.ts';
import { keySchema, method, type PageMethods, type WebCore } from '../contract.ts';
import { editAttributes, pageKey, revokeAttributes } from '../projection/messages.ts';
import { personWid } from '../projection/wids.ts';
import { post } from './deliver.ts';
import { storedMessage } from './lookup.ts';

const MS_PER_SECOND = 1_000;
/** `id` is the stanza's own, `key` that of the message which it changes. */
const target = { key: keySchema, id: z.string().min(1) };

/** What a page does to messages that are there already. */
export const createChangeMethods = (core: WebCore): PageMethods => {
  const { account, wire } = core;

  /** Null when nobody would take the change. */
  const changeable = (chat: SimChat, intent: Intent & { readonly id: string }): SimMessage | null => {
    const message = account.messageById(chat.key, intent.id);
    if (!message || !isAllowed(chat, intent, message)) return null;
    const late = isTooLate(intent, message, account.world.nowSeconds());
    return late && wire.outbound.refusesLateChanges() ? null : message;
  };

  return {
    react: method(z.object({ ...target, emoji: z.string() }), ({ key, id, emoji }, context) =>
      post(core, key.remote, context, (chat, origin) => {
        const change = { chat: chat.key, id: key.id, stanzaId: id, by: ME, emoji, origin };
        if (account.react(change) === null) return null;
        const about = { does: 'reaction', targetId: key.id } as const;
        return { sent: { id, kind: 'reactionMessage', text: emoji, ...about } };
      }),
    ),
    edit: method(z.object({ ...target, text: z.string() }), ({ key, id, text }, context) =>
      post(core, key.remote, context, (chat, origin) => {
        if (changeable(chat, { kind: 'edit', id: key.id, text }) === null) return null;
        const message = account.edit({ chat: chat.key, id: key.id, stanzaId: id, text, origin });
        if (message === null) return null;
        const about = { does: 'edit', targetId: key.id } as const;
        return {
          sent: { id, kind: 'protocolMessage', text, ...about },
          answer: { attributes: editAttributes(message, pageKey(account, chat, message)) },
        };
      }),
    ),
    revoke: method(z.object(target), ({ key, id }, context) =>
      post(core, key.remote, context, (chat, origin) => {
        if (changeable(chat, { kind: 'revoke', id: key.id }) === null) return null;
        const message = account.revoke({ chat: chat.key, id: key.id, stanzaId: id, by: ME, origin });
        if (message === null) return null;
        const about = { does: 'revoke', targetId: key.id } as const;
        return {
          sent: { id, kind: 'protocolMessage', text: null, ...about },
          answer: { attributes: revokeAttributes(pageKey(account, chat, message)) },
        };
      }),
    ),
    /** The own devices only; the page hears of it like all others. */
    delete_for_me: method(z.object({ key: keySchema }), ({ key }, { device }) => {
      const message = storedMessage(account, device, key);
      if (!message) return { ok: false };
      const origin = { from: 'device', device: String(device.id) } as const;
      return { ok: account.deleteForMe({ chat: message.chat, id: message.id, origin }) !== null };
    }),
    /** Who reacted with what, as the details of a message show it. */
    reactions: method(z.object({ key: keySchema }), ({ key }, { device }) => {
      const message = storedMessage(account, device, key);
      if (!message) return [];
      const chat = account.chat(message.chat);
      return message.reactions.flatMap(({ person, emoji, time }) =>
        emoji === ''
          ? []
          : [{ emoji, sender: personWid(account, chat, person), timestampMs: time * MS_PER_SECOND }],
      );
    }),
  };
};
