import type { Loose, MessageAddress, PageGlobal } from './loose.ts';

/** What came of an act: done, or in a word why not. Anything unforeseen is thrown. */
export type Outcome = Readonly<Record<string, unknown>> & { readonly outcome: string };

export interface TextToSend {
  readonly chat: string;
  readonly id: string;
  readonly text: string;
  readonly quoted: (MessageAddress & { readonly text: string | null }) | null;
  readonly mentions: readonly string[];
}

export interface MessageToForward {
  readonly chat: string;
  readonly id: string;
  readonly source: MessageAddress;
}

/**
 * Sending and changing, on request only. Runs in the page, behind installReading.
 * What the page would queue for later while it is offline is refused instead: the caller is told now.
 */
export function installActing(): void {
  const page = globalThis as unknown as PageGlobal;
  if (page.TandemPage === undefined) return;
  const { kit, tools } = page.TandemPage;
  if (tools.sendText !== undefined) return;
  const { module, collections, get, call, models, widText, toWid, chatOf, keyText, messageOf } = kit;
  const REVOKE_WAIT_MS = 5_000;
  const LOOK_EVERY_MS = 50;

  const pause = () => new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  const isOnline = () => String(module('WAWebSocketModel')?.Socket?.state) === 'CONNECTED';
  const errorName = (error: unknown) => {
    const name: unknown = get(error, 'name');
    return typeof name === 'string' ? name : typeof error;
  };
  const make = (type: Loose | null, input: unknown) => Reflect.construct(type as never, [input]) as Loose;

  /** The key that a new message of this chat gets, with an id that we chose. */
  const ownKey = (chat: Loose, id: string): Loose => {
    const me = page.require('WAWebUserPrefsMeUser');
    const isGroup = widText(chat.id)?.endsWith('@g.us') === true;
    const isLid = isGroup
      ? Boolean(chat.groupMetadata?.isLidAddressingMode)
      : widText(chat.id)?.endsWith('@lid');
    const from =
      (isLid ? call(me, 'getMaybeMeLidUser') : call(me, 'getMaybeMePnUser')) ?? call(me, 'getMaybeMePnUser');
    const participant = isGroup ? call(page.require('WAWebWidFactory'), 'asUserWidOrThrow', from) : undefined;
    return make(page.require('WAWebMsgKey'), { from, to: chat.id, id, participant, selfDir: 'out' });
  };
  const chatToWrite = async (id: string): Promise<Loose | undefined> =>
    chatOf(id) ?? (await call(page.WWebJS, 'getChat', id, { getAsModel: false })) ?? undefined;
  const inChat = (chat: Loose, id: string) =>
    models(chat.msgs).find(
      (message) => String(get(message.id, 'id')) === id && Boolean(get(message.id, 'fromMe')),
    );

  tools.sendText = async ({
    chat: id,
    id: messageId,
    text,
    quoted,
    mentions,
  }: TextToSend): Promise<Outcome> => {
    if (!isOnline()) return { outcome: 'offline' };
    const chat = await chatToWrite(id);
    if (!chat) return { outcome: 'no-chat' };
    const key = ownKey(chat, messageId);
    const known = quoted === null ? undefined : await messageOf(quoted);
    let left = false;
    // The library takes these last of all, right before it hands the message over: the moment from which on it may be sent.
    const extraOptions = {
      get id() {
        left = true;
        return key;
      },
      ...(quoted === null || known !== undefined
        ? {}
        : {
            quotedMsg: { type: 'chat', body: quoted.text ?? '' },
            quotedStanzaID: quoted.id,
            quotedParticipant: toWid(quoted.sender ?? id),
          }),
    };
    // Spreading would read the id, and with it say that the message left.
    const quote = known === undefined ? {} : { quotedMessageId: keyText(known.id), ignoreQuoteErrors: true };
    try {
      await call(page.WWebJS, 'sendMessage', chat, text, {
        mentionedJidList: mentions,
        ...quote,
        extraOptions,
      });
    } catch (error) {
      if (!left) throw error;
      return { outcome: 'unsure', error: errorName(error) };
    }
    return { outcome: left ? 'left' : 'failed', chat: widText(chat.id) };
  };

  /** How far an own message has come. Waits until the server took or refused it, or the time is over. */
  tools.ackOf = async ({ chat: id, id: messageId, waitMs }: { chat: string; id: string; waitMs: number }) => {
    const end = Date.now() + waitMs;
    for (;;) {
      const chat = chatOf(id);
      const message = chat === undefined ? undefined : inChat(chat, messageId);
      const ack = message === undefined ? null : Number(message.ack);
      if ((ack !== null && ack !== 0) || Date.now() >= end) {
        return {
          found: message !== undefined,
          ack,
          t: Number(message?.t ?? 0),
          chat: widText(get(message?.id, 'remote')),
        };
      }
      await pause();
    }
  };

  let forwarding: Promise<unknown> = Promise.resolve();
  /**
   * The page forwards under an id of its own making, so for one call it is given ours. Should something else take it meanwhile,
   * the message that came is looked for instead.
   */
  const forwardNow = async ({ chat: id, id: messageId, source }: MessageToForward): Promise<Outcome> => {
    if (!isOnline()) return { outcome: 'offline' };
    const message = await messageOf(source);
    if (message === undefined) return { outcome: 'no-message' };
    const chat = await chatToWrite(id);
    if (!chat) return { outcome: 'no-chat' };
    const keys = page.require('WAWebMsgKey');
    const newId = keys.newId;
    const before = new Set(models(chat.msgs).map((one) => String(get(one.id, 'id'))));
    const isNew = (one: Loose) => Boolean(get(one.id, 'fromMe')) && !before.has(String(get(one.id, 'id')));
    let left = false;
    keys.newId = (() => {
      keys.newId = newId;
      left = true;
      return Promise.resolve(messageId);
    }) as unknown as Loose;
    try {
      const forwarder = page.require('WAWebChatForwardMessage');
      const options = {
        chat,
        msgs: [message],
        multicast: true,
        includeCaption: true,
        appendedText: undefined,
      };
      // Some builds resolve only when the server has it, which may be never.
      const sent = Promise.resolve(call(forwarder, 'forwardMessages', options)).then(() => true);
      let failure: unknown = null;
      sent.catch((error: unknown) => {
        failure = error;
      });
      for (let turn = 0; turn < 40 && failure === null && !models(chat.msgs).some(isNew); turn += 1)
        await pause();
      if (failure !== null && !left) throw failure;
      if (failure !== null) return { outcome: 'unsure', error: errorName(failure) };
    } finally {
      keys.newId = newId;
    }
    const made = inChat(chat, messageId) ?? models(chat.msgs).findLast(isNew);
    if (made === undefined) return { outcome: 'unsure', error: 'none' };
    return { outcome: 'left', chat: widText(chat.id), id: String(get(made.id, 'id')) };
  };
  tools.forward = (input: MessageToForward) => {
    const mine = forwarding.then(() => forwardNow(input));
    forwarding = mine.catch(() => undefined);
    return mine;
  };

  tools.react = async ({
    message: address,
    emoji,
  }: {
    message: MessageAddress;
    emoji: string;
  }): Promise<Outcome> => {
    if (!isOnline()) return { outcome: 'offline' };
    const message = await messageOf(address);
    if (message === undefined) return { outcome: 'no-message' };
    await call(page.require('WAWebSendReactionMsgAction'), 'sendReactionToMsg', message, emoji);
    return { outcome: 'done' };
  };

  tools.edit = async ({
    message: address,
    text,
  }: {
    message: MessageAddress;
    text: string;
  }): Promise<Outcome> => {
    if (!isOnline()) return { outcome: 'offline' };
    const message = await messageOf(address);
    if (message === undefined) return { outcome: 'no-message' };
    const may = page.require('WAWebMsgActionCapability');
    if (!call(may, 'canEditText', message) && !call(may, 'canEditCaption', message))
      return { outcome: 'too-late' };
    await call(page.WWebJS, 'editMessage', message, text, {});
    return { outcome: 'done' };
  };

  tools.revoke = async ({
    message: address,
    everyone,
  }: {
    message: MessageAddress;
    everyone: boolean;
  }): Promise<Outcome> => {
    if (!isOnline()) return { outcome: 'offline' };
    const message = await messageOf(address);
    if (message === undefined) return { outcome: 'no-message' };
    if (String(message.type) === 'revoked' && everyone) return { outcome: 'done' };
    const chat = chatOf(address.chat);
    if (!chat) return { outcome: 'no-message' };
    const may = page.require('WAWebMsgActionCapability');
    if (everyone && !call(may, 'canSenderRevokeMsg', message) && !call(may, 'canAdminRevokeMsg', message)) {
      return { outcome: 'too-late' };
    }
    const { Cmd } = page.require('WAWebCmd');
    const what = { list: [message], type: 'message' };
    if (everyone) await call(Cmd, 'sendRevokeMsgs', chat, what, { clearMedia: true });
    else await call(Cmd, 'sendDeleteMsgs', chat, what, true);
    const isGone = () =>
      everyone ? String(message.type) === 'revoked' : !models(chat.msgs).some((one) => one === message);
    for (const end = Date.now() + REVOKE_WAIT_MS; Date.now() < end && !isGone(); ) await pause();
    return { outcome: isGone() ? 'done' : 'no-answer' };
  };

  /** Runs something with a chat that is there; reading its state must never make one. */
  const withChat = async (id: string, act: (chat: Loose) => Promise<Outcome>): Promise<Outcome> => {
    if (!isOnline()) return { outcome: 'offline' };
    const chat = chatOf(id);
    return chat ? await act(chat) : { outcome: 'no-chat' };
  };
  tools.markRead = ({ chat }: { chat: string }) =>
    withChat(chat, async (found) => {
      await call(page.WWebJS, 'sendSeen', widText(found.id));
      return { outcome: 'done' };
    });
  tools.archive = ({ chat, archived }: { chat: string; archived: boolean }) =>
    withChat(chat, async (found) => {
      await call(page.require('WAWebCmd').Cmd, 'archiveChat', found, archived);
      return { outcome: 'done' };
    });
  tools.pin = ({ chat, pinned, max }: { chat: string; pinned: boolean; max: number }) =>
    withChat(chat, async (found) => {
      if (Boolean(get(found, 'pin')) === pinned) return { outcome: 'done' };
      const count = models(collections().Chat).filter((one) => Boolean(get(one, 'pin'))).length;
      if (pinned && count >= max) return { outcome: 'too-many' };
      await call(page.require('WAWebCmd').Cmd, 'pinChat', found, pinned);
      return { outcome: 'done' };
    });
  /** `until` in seconds, -1 = for good, null = not muted. */
  tools.mute = ({ chat, until }: { chat: string; until: number | null }) =>
    withChat(chat, async (found) => {
      const { mute } = found;
      if (until === null) await call(mute, 'unmute', { sendDevice: true });
      else await call(mute, 'mute', { expiration: until, sendDevice: true });
      return { outcome: 'done' };
    });
}
