import { z } from 'zod';
import { method, type PageMethods, type WebCore, widSchema } from '../contract.ts';
import { toJid } from '../projection/wids.ts';
import { contentSchema, readContent } from './content.ts';
import { post } from './deliver.ts';

const sendSchema = contentSchema.extend({
  chat: widSchema,
  id: z.string().min(1),
  quoteId: z.string().nullish(),
  mentions: z.array(z.string()).default([]),
  forwarded: z.boolean().default(false),
});

export const createSendMethods = (core: WebCore): PageMethods => {
  const { account } = core;
  return {
    /** Answers when the server has it: `ok: false` is a refusal. */
    send_message: method(sendSchema, (request, context) =>
      post(core, request.chat, context, (chat, { device }) => {
        const { id, forwarded } = request;
        const quote = request.quoteId ? { quoteId: request.quoteId } : {};
        const { content, kind, text, mediaPath } = readContent(account, request);
        const mentions = request.mentions.flatMap((wid) => account.personByJid(toJid(wid))?.key ?? []);
        const draft = { chat: chat.key, id, device, content, mentions, forwarded, ...quote };
        const { time, index } = account.recordDeviceSend(draft);
        const isExtended = kind === 'conversation' && (request.quoteId || forwarded);
        return {
          sent: { id, kind: isExtended ? 'extendedTextMessage' : kind, text, mediaPath, forwarded },
          answer: { t: time, rowId: index },
        };
      }),
    ),
  };
};
