import type { Loose, PageGlobal, PageModels, Plain } from './loose.ts';

/** Models as plain JSON. Runs in the page, behind installKit. */
export function installModels(): void {
  const page = globalThis as unknown as PageGlobal;
  if (page.TandemPage === undefined || page.TandemModels !== undefined) return;
  const { get, models, widText, altOf, keyText, keyOf, collections, chatOf, contactOf, groupOf } =
    page.TandemPage.kit;
  const TEXT_MAX = 70_000;
  const BYTES_MAX = 1_000;
  const isText = (value: unknown): value is string => typeof value === 'string';

  const MESSAGE = [
    'type', 'subtype', 't', 'ack', 'notifyName', 'caption', 'loc', 'comment', 'title', 'description', 'eventName',
    'inviteGrpName', 'vcardFormattedName', 'mimetype', 'size', 'filename', 'duration', 'width', 'height', 'isGif',
    'directPath', 'deprecatedMms3Url', 'clientUrl', 'quotedStanzaID', 'isForwarded', 'forwardingScore',
    'ephemeralDuration', 'pollName', 'pollSelectableOptionsCount', 'latestEditSenderTimestampMs', 'revokeTimestamp',
  ]; // biome-ignore format: a list reads better dense
  const QUOTED = ['type', 'caption', 'pollName', 'loc', 'vcardFormattedName'];
  const CHAT = [
    'name', 'formattedTitle', 'unreadCount', 'archive', 'pin', 't', 'endOfHistoryTransferType', 'ephemeralDuration',
  ]; // biome-ignore format: a list reads better dense
  const GROUP = [
    'subject', 'desc', 'creation', 'announce', 'restrict', 'membershipApprovalMode', 'ephemeralDuration',
    'isLidAddressingMode', 'isParentGroup', 'defaultSubgroup', 'groupType', 'size',
  ]; // biome-ignore format: a list reads better dense

  const pick = (model: unknown, names: readonly string[]): Plain => {
    const found: Plain = {};
    for (const name of names) {
      const value: unknown = get(model, name);
      if (isText(value)) found[name] = value.slice(0, TEXT_MAX);
      else if (typeof value === 'number' || typeof value === 'boolean') found[name] = value;
    }
    return found;
  };
  /** The body, unless it is a thumbnail or a vCard. */
  const bodyOf = (model: unknown): string | undefined => {
    const body: unknown = get(model, 'body');
    const type = String(get(model, 'type'));
    const isOther = /^(image|video|ptv|audio|ptt|document|sticker|vcard|multi_vcard|location)$/.test(type);
    return isText(body) && !isOther ? body.slice(0, TEXT_MAX) : undefined;
  };
  const base64 = (value: unknown): string | undefined => {
    if (isText(value)) return value;
    const bytes =
      value instanceof ArrayBuffer
        ? new Uint8Array(value)
        : ArrayBuffer.isView(value)
          ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
          : null;
    return bytes === null || bytes.length > BYTES_MAX ? undefined : page.btoa(String.fromCharCode(...bytes));
  };

  const message: PageModels['message'] = (model) => {
    const key = get(model, 'id');
    const remote = widText(get(key, 'remote'));
    if (remote === undefined) return null;
    const author = get(model, 'author') ?? get(key, 'participant');
    const quoted = get(model, 'quotedMsg');
    const mentioned: unknown = get(model, 'mentionedJidList');
    const options: unknown = get(model, 'pollOptions');
    return {
      ...pick(model, MESSAGE),
      id: keyOf(key),
      body: bodyOf(model),
      author: widText(author),
      chatAlt: altOf(get(key, 'remote')),
      authorAlt: remote.endsWith('@g.us') ? altOf(author) : undefined,
      mediaKey: base64(get(model, 'mediaKey')),
      filehash: base64(get(model, 'filehash')),
      encFilehash: base64(get(model, 'encFilehash')),
      messageSecret: base64(get(model, 'messageSecret')),
      quotedMsg: quoted ? { ...pick(quoted, QUOTED), body: bodyOf(quoted) } : undefined,
      quotedParticipant: widText(get(model, 'quotedParticipant')),
      mentionedJidList: Array.isArray(mentioned) ? mentioned.map(widText).filter(isText) : undefined,
      pollOptions: Array.isArray(options)
        ? options.map((option) => ({ name: get(option, 'name') }))
        : undefined,
      protocolMessageKey: keyOf(get(model, 'protocolMessageKey')),
    };
  };

  const reactionsOf = async (model: Loose): Promise<readonly Plain[]> => {
    const kept = await collections().Reactions?.find?.(keyText(model.id));
    const listed: unknown = kept?.reactions?.serialize?.() ?? models(kept?.reactions);
    return (listed as readonly Loose[]).flatMap((reaction) =>
      models(get(reaction, 'senders')).map((sender) => ({
        sender: widText(get(sender, 'senderUserJid') ?? get(sender, 'author')),
        text: get(sender, 'reactionText') ?? get(reaction, 'aggregateEmoji'),
        at: get(sender, 'timestamp') ?? get(sender, 'reactionTimestamp'),
      })),
    );
  };
  const whole = async (model: Loose): Promise<Plain | null> => {
    const found = message(model);
    if (found === null || !get(model, 'hasReaction')) return found;
    // The message without them is worth more than nothing.
    return { ...found, reactions: await reactionsOf(model).catch(() => undefined) };
  };

  page.TandemModels = {
    message,
    messages: async (list) =>
      (await Promise.all(list.map((model) => whole(model).catch(() => null)))).filter((one) => one !== null),
    chat: (id) => {
      const chat = chatOf(id);
      if (!chat) return null;
      const muteExpiration = get(get(chat, 'mute'), 'expiration') ?? get(chat, 'muteExpiration');
      return { ...pick(chat, CHAT), id: widText(chat.id), alt: altOf(chat.id), muteExpiration };
    },
    contact: (id) => {
      const contact = contactOf(id);
      if (!contact) return null;
      return {
        ...pick(contact, ['name', 'pushname', 'verifiedName']),
        id: widText(contact.id),
        alt: widText(get(contact, 'phoneNumber')) ?? altOf(contact.id),
        isBlocked: get(contact, 'isContactBlocked'),
      };
    },
    group: (id) => {
      const group = groupOf(id);
      if (!group) return null;
      return {
        ...pick(group, GROUP),
        id: widText(group.id),
        owner: widText(get(group, 'owner')),
        parentGroup: widText(get(group, 'parentGroup')),
        participants: models(get(group, 'participants')).map((one) => ({
          id: widText(get(one, 'id')),
          alt: altOf(get(one, 'id')),
          isAdmin: get(one, 'isAdmin'),
          isSuperAdmin: get(one, 'isSuperAdmin'),
        })),
      };
    },
  };
}
