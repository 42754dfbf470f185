import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mediaBytes } from '#simulator/account/media-bytes.ts';
import { ME, type SimChat, type SimMessage } from '#simulator/account/model.ts';
import { finalText } from '#simulator/account/oracle.ts';
import { pictureOf } from '#simulator/account/pictures.ts';
import type { Simulator } from '#simulator/simulator.ts';
import type { RigAccount, RigPerson, RigState } from '../rig.ts';

const FILE = {
  kind: 'image',
  blobSeed: '',
  bytes: 3_000,
  mimeType: 'image/jpeg',
  fileName: null,
  caption: 'a picture',
  seconds: null,
  width: 20,
  height: 20,
  expired: false,
} as const;

/** How the simulated account writes "until unmuted". */
const FOR_EVER = -1;

/** The simulated account, as the suite acts on it and looks at it. */
export function accountOf(simulator: Simulator): RigAccount {
  const { account, oracle, phone, faults, wire } = simulator;
  const both = (key: string): RigPerson | null => {
    const { pn, lid } = account.person(key);
    return pn === null || lid === null ? null : { pn, lid };
  };
  const chats = account.chats();
  const friendChat = longest(chats.filter((chat) => chat.peer !== null && both(chat.peer) !== null));
  const friend = both(friendChat.peer ?? '') ?? assert.fail('no friend');
  const group = chats.find((chat) => chat.kind === 'group' && !chat.readOnly) ?? assert.fail('no group');
  const community = chats.find((chat) => chat.kind === 'community') ?? assert.fail('no community');
  const others = chats.filter((chat) => chat.kind === 'direct' && chat.key !== friendChat.key);
  const spare = longest(others.filter((chat) => chat.jid.endsWith('@lid')));
  const byNumber = longest(others.filter(({ peer }) => peer !== null && account.person(peer).lid === null));
  const changesBy = (by: string, from: 'phone' | 'peer') => {
    const target = (id: string) => ({ chat: friendChat.key, id, by, origin: { from } });
    return {
      reacts: (id: string, emoji: string) => assert.ok(account.react({ ...target(id), emoji })),
      edits: (id: string, text: string) => assert.ok(account.edit({ ...target(id), text })),
      revokes: (id: string) => assert.ok(account.revoke(target(id))),
    };
  };
  const jidWhere = (fits: (jid: string, about: string | null) => boolean): string => {
    for (const { key, about, lid, pn } of account.people()) {
      const jid = lid ?? pn;
      if (key !== ME && jid !== null && fits(jid, about)) return jid;
    }
    return assert.fail('nobody with such a picture');
  };
  const scanned = (result: string) => assert.equal(result, 'linked');
  return {
    own: both('me') ?? assert.fail('no owner'),
    friend,
    strangerPhone: '19999999999',
    group: {
      jid: group.jid,
      subject: group.group?.subject ?? '',
      members: group.group?.members.length ?? 0,
    },
    community: {
      jid: community.jid,
      groups: chats.filter((chat) => chat.group?.parent === community.key).length,
    },
    scanQr: async (text) => scanned(await phone.scanQr(text)),
    enterCode: async (code) => scanned(await phone.enterCode(code)),
    friendWrites: (text) => {
      const { id } = account.receive({ chat: friendChat.key, content: { type: 'text', text } });
      return { id, text };
    },
    friendSendsFile: () => {
      const sent = account.receive({ chat: friendChat.key, content: { type: 'media', media: FILE } });
      assert.ok(sent.content.type === 'media');
      const bytes = mediaBytes(sent.content.media);
      return {
        id: sent.id,
        bytes: bytes.length,
        sha256Base64: createHash('sha256').update(bytes).digest('base64'),
      };
    },
    phoneWrites: (text) => {
      const { id } = account.sendFromPhone({ chat: friendChat.key, content: { type: 'text', text } });
      return { id, text };
    },
    change: {
      phone: changesBy(ME, 'phone'),
      friend: changesBy(friendChat.peer ?? '', 'peer'),
    },
    phoneArranges: (change) => {
      const { archived, pinned, mutedUntil } = change;
      account.changeSettings({
        chat: friendChat.key,
        change: {
          ...(archived === undefined ? {} : { archived }),
          ...(pinned === undefined ? {} : { pinnedAt: pinned ? account.world.nowSeconds() : null }),
          ...(mutedUntil === undefined ? {} : { mutedUntil: mutedUntil === 0 ? FOR_EVER : mutedUntil }),
        },
        origin: { from: 'phone' },
      });
    },
    arrangement: () => {
      const { archived, pinnedAt, mutedUntil } = account.chat(friendChat.key).settings;
      return { archived, pinned: pinnedAt !== null, mutedUntil: mutedUntil === FOR_EVER ? 0 : mutedUntil };
    },
    phoneBlocks: (blocked) =>
      account.setBlocked({ person: friendChat.peer ?? '', blocked, origin: { from: 'phone' } }),
    isFriendBlocked: () => account.blocked().includes(friendChat.peer ?? ''),
    blockedCount: () => account.blocked().length,
    pictures: {
      shown: jidWhere((jid, about) => about !== null && pictureOf(account, jid) !== null),
      none: jidWhere((jid, about) => about !== null && pictureOf(account, jid) === null),
      hidden: jidWhere((jid, about) => about === null && pictureOf(account, jid) === null),
    },
    deviceCount: () => 1 + wire.devices.companions().length,
    messageOfFriendChat: (id) => {
      const found = account.messageById(friendChat.key, id);
      return found === undefined ? null : stateOf(found);
    },
    pushedIds: () => new Set([...oracle.messages()].filter((one) => one.pushed).map((one) => one.id)),
    olderThan: (id) => account.indexOf(friendChat.key, id) ?? assert.fail('not in the chat'),
    phoneAnswersNext: (how) => {
      faults.phone.onDemandNext = [how === 'not' ? 'silent' : 'drop'];
    },
    spare: { jid: spare.jid },
    phoneDeletesSpare: () => assert.ok(account.deleteChat({ chat: spare.key, origin: { from: 'phone' } })),
    phoneLearnsIdentity: () => {
      const moved = account.revealLid({ chat: byNumber.key }) ?? assert.fail('nothing to learn');
      return { pn: byNumber.jid, lid: moved.jid };
    },
    unreadOfFriend: () => account.chat(friendChat.key).unreadCount,
    readReceipts: () => wire.readReceipts.flatMap((one) => one.ids),
    drop: () => assert.equal(faults.drop(), 1),
    removeDevice: () => assert.equal(faults.streamError(401), 1),
    swallowNextSend: () => faults.nextSends('unacknowledged'),
  };
}

function longest(chats: readonly SimChat[]): SimChat {
  const [first] = chats.toSorted((a, b) => b.historySize - a.historySize);
  return first ?? assert.fail('no chat');
}

function stateOf(message: SimMessage): RigState {
  return {
    id: message.id,
    text: finalText(message),
    ownReaction: message.reactions.find(({ person }) => person === ME)?.emoji ?? '',
    revoked: message.revoked !== null,
    removedForMe: message.deletedForMe,
    forwarded: message.forwarded,
  };
}
