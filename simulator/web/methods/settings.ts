import { z } from 'zod';
import type { SimChatSettings } from '../../account/model.ts';
import { type CallContext, method, type PageMethods, type WebCore, widSchema } from '../contract.ts';
import { chatOf } from './lookup.ts';

const chat = widSchema;

/** What the owner does to a chat in the page; it and all other devices hear of it as of anybody's change. */
export const createSettingMethods = (core: WebCore): PageMethods => {
  const { account } = core;
  const change = (wid: string, { device }: CallContext, to: Partial<SimChatSettings>): null => {
    const origin = { from: 'device', device: String(device.id) } as const;
    account.changeSettings({ chat: chatOf(account, wid).key, change: to, origin });
    return null;
  };
  return {
    archive_chat: method(z.object({ chat, archived: z.boolean() }), (request, context) =>
      change(request.chat, context, { archived: request.archived }),
    ),
    pin_chat: method(z.object({ chat, pinned: z.boolean() }), (request, context) =>
      change(request.chat, context, { pinnedAt: request.pinned ? account.world.nowSeconds() : null }),
    ),
    /** Seconds, -1 for ever; null ends it. */
    mute_chat: method(z.object({ chat, until: z.int().nullable() }), (request, context) =>
      change(request.chat, context, { mutedUntil: request.until }),
    ),
    mark_unread: method(z.object({ chat }), (request, { device }) => {
      const origin = { from: 'device', device: String(device.id) } as const;
      account.markRead({ chat: chatOf(account, request.chat).key, read: false, origin });
      return null;
    }),
  };
};
