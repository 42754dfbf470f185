import { z } from 'zod';
import { TandemError } from '#kernel/errors.ts';
import { installActing } from './inside/acting.ts';
import { installAsking } from './inside/asking.ts';
import { installJournal } from './inside/journal.ts';
import { installKit } from './inside/kit.ts';
import type { MessageAddress, PageGlobal } from './inside/loose.ts';
import { installModels } from './inside/models.ts';
import { installReading, type OlderQuestion } from './inside/reading.ts';
import type { CallOptions, Page } from './page.ts';

/**
 * Our own code in the page (inside/) and the way to it. It uses these modules of the page itself, and `WWebJS.getChat`,
 * `sendMessage`, `editMessage` and `sendSeen` of the library. Only the first is indispensable: without another one, what it is for
 * does not work, and the rest does.
 */
export const pageModules = {
  WAWebCollections: 'Msg, Chat, Contact, GroupMetadata, Reactions, Blocklist, Mute: everything that is read',
  WAWebWidFactory: 'createWid: ids of people and chats',
  WAWebApiContact: 'getCurrentLid, getPhoneNumber, getAlternateUserWid: the other identity of a person',
  WAWebUserPrefsMeUser: 'getMaybeMePnUser, getMaybeMeLidUser: own messages in groups, from disk',
  WAWebChatLoadMessages: 'loadEarlierMsgs: messages from disk',
  WAWebSendNonMessageDataRequest: 'sendPeerDataOperationRequest: older messages from the phone',
  WAWebAddonReactionTableMode: 'reactionTableMode.bulkUpsert: reactions as they happen',
  WAWebSocketModel: 'Socket.state: nothing is sent while it is not connected',
  WAWebMsgKey: 'its class and newId: sends under an id of ours',
  WAWebChatForwardMessage: 'forwardMessages',
  WAWebSendReactionMsgAction: 'sendReactionToMsg',
  WAWebMsgActionCapability: 'canEditText, canEditCaption, canSenderRevokeMsg, canAdminRevokeMsg',
  WAWebCmd: 'Cmd: archiveChat, pinChat, sendRevokeMsgs, sendDeleteMsgs',
  WAWebQueryExistsJob: 'queryWidExists: who is on WhatsApp',
  WAWebContactProfilePicThumbBridge: 'requestProfilePicFromServer',
  WAWebBlockContactUtils: 'getContactToBlockOnlyUseIfNoAssociatedChat',
  WAWebBlockContactAction: 'blockContact, unblockContact',
  WAWebApiDeviceList: 'getDeviceIds: how many devices the account has',
  WAWebDownloadManager: 'downloadManager.downloadAndMaybeDecrypt: files',
} as const;

const ids = z.array(z.string().max(200)).max(200_000);
const models = z.object({ found: z.array(z.unknown()), broken: z.number() });
const print = z.tuple([z.string(), z.number().catch(0), z.string()]);
export type Print = z.infer<typeof print>;

const answers = {
  watch: z.object({ epoch: z.string(), seq: z.number() }),
  drain: z.object({
    epoch: z.string(),
    last: z.number(),
    more: z.boolean(),
    lost: z.number(),
    entries: z.array(
      z.object({ kind: z.string(), found: z.unknown(), print: print.optional().catch(undefined) }),
    ),
    chats: z.array(z.unknown()),
    groups: z.array(z.unknown()),
    contacts: z.array(z.unknown()),
  }),
  chatIds: ids,
  contactIds: ids,
  chats: models,
  contacts: models,
  groups: models,
  refreshGroup: z.unknown(),
  find: z.unknown(),
  prints: z.object({
    found: z.array(z.object({ id: z.string(), prints: z.array(print) })),
    broken: z.number(),
  }),
  byKey: z.array(z.unknown()),
  older: z
    .object({
      chat: z.string().optional(),
      messages: z.array(z.unknown()),
      prints: z.array(print),
      oldest: z.object({ id: z.string(), t: z.number() }).nullable(),
      exhausted: z.boolean(),
      /** Messages of this chat that the page holds in memory, whichever side of the question they are on. */
      held: z.number().catch(0),
      /** Messages of all chats that the page holds in memory. */
      inMemory: z.number().catch(0),
      endOfHistoryTransferType: z.unknown(),
    })
    .nullable(),
  askPhone: z.object({ asked: z.boolean() }),
} as const;

interface Questions {
  readonly watch: undefined;
  readonly drain: { readonly after: number; readonly max: number };
  readonly chatIds: undefined;
  readonly contactIds: undefined;
  readonly chats: { readonly ids: readonly string[] };
  readonly contacts: { readonly ids: readonly string[] };
  readonly groups: { readonly ids: readonly string[] };
  readonly refreshGroup: { readonly id: string };
  readonly find: MessageAddress;
  readonly prints: { readonly ids: readonly string[] };
  readonly byKey: { readonly chat: string; readonly keys: readonly string[] };
  readonly older: OlderQuestion;
  readonly askPhone: { readonly chat: string };
}

type Tool = keyof Questions & keyof typeof answers;
export type Answer<T extends Tool> = z.output<(typeof answers)[T]>;
export type Drained = Answer<'drain'>;
export type Older = NonNullable<Answer<'older'>>;

/** Throws what Page.call throws, and WHATSAPP_API_ERROR when the answer is not what it should be. */
export type AskPage = <T extends Tool>(
  tool: T,
  question: Questions[T],
  options?: CallOptions,
) => Promise<Answer<T>>;

export function createAskPage(page: Page, onWeight: (messages: number) => void): AskPage {
  return async (tool, question, options) => {
    const answer = answers[tool].safeParse(await callTool(page, tool, question, options));
    if (!answer.success) throw notUnderstood(tool);
    if (tool === 'older') onWeight((answer.data as Answer<'older'>)?.inMemory ?? 0);
    return answer.data as Answer<typeof tool>;
  };
}

/** In this order; each finds what it needs, and does nothing the second time. */
const INSTALLERS = [
  installKit,
  installModels,
  installJournal,
  installReading,
  installActing,
  installAsking,
] as const;

/** Runs one of our tools in the page, and brings them there first when the page is a new one. */
export async function callTool(
  page: Page,
  tool: string,
  question: unknown,
  options?: CallOptions,
): Promise<unknown> {
  const input = question ?? null;
  const first = await page.call(tool, runTool, [tool, input], options);
  if (first !== null) return first.answer;
  for (const install of INSTALLERS) await page.call('install', install, [], options);
  return (await page.call(tool, runTool, [tool, input], options))?.answer;
}

export function notUnderstood(tool: string): TandemError {
  return new TandemError('WHATSAPP_API_ERROR', {
    engine: 'webjs',
    details: { call: tool, reason: 'page-changed' },
  });
}

/** Runs in the page. Null = the tools are not there. */
async function runTool(tool: string, question: unknown): Promise<{ readonly answer: unknown } | null> {
  const run = (globalThis as unknown as PageGlobal).TandemPage?.tools[tool];
  return run === undefined ? null : { answer: await run(question as never) };
}
