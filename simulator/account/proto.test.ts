import assert from 'node:assert/strict';
import { proto } from '@whiskeysockets/baileys';
import { describe, it } from 'mocha';
import { createAccount } from './account.ts';
import { mediaBytes } from './media-bytes.ts';
import { decryptBlob } from './media-cipher.ts';
import { encryptMedia, mediaAtPath } from './media-path.ts';
import type { SimMessage } from './model.ts';
import { shapeOf } from './presets.ts';
import { type ProtoContext, toEdit, toMessage, toReaction, toRevoke } from './proto-content.ts';
import { toConversation, toLidMappings, toPushNames, toWebMessage } from './proto-history.ts';
import { readMessage } from './proto-read.ts';
import { createFixedWorld } from './world.ts';

const shape = shapeOf('tiny', { messagesPerChat: 260 });
const account = createAccount(shape, createFixedWorld(shape.now));
const context: ProtoContext = { account, mediaUrl: 'https://127.0.0.1:1' };
const all: readonly SimMessage[] = account
  .chats()
  .flatMap((chat) => Array.from({ length: chat.size }, (_, i) => account.message(chat.key, i) ?? []).flat());
const overWire = (message: proto.IMessage): proto.IMessage =>
  proto.Message.decode(proto.Message.encode(message).finish());

describe('account to protobuf', () => {
  it('encodes every message and reads its content back', () => {
    for (const message of all) {
      const read = readMessage(overWire(toMessage(context, message)));
      if (message.content.type === 'notice') continue;
      assert.equal(read.kind, 'content');
      if (read.kind !== 'content') continue;
      assert.equal(read.quotedId, message.quote?.id ?? null);
      assert.equal(read.mentionedJids.length, message.mentions.length);
      if (message.content.type === 'text') assert.deepEqual(read.content, message.content);
      if (message.content.type === 'media' && read.content.type === 'raw')
        assert.equal(read.content.text, message.content.media.caption);
    }
  });

  it('encodes changes that name their target', () => {
    const target = all.find((m) => m.chat.startsWith('g') && !m.fromMe && m.content.type === 'text');
    assert.ok(target);
    const edit = overWire(toEdit(context, target, 'new', 5));
    assert.deepEqual(readMessage(edit), { kind: 'edit', targetId: target.id, text: 'new' });
    assert.equal(edit.protocolMessage?.key?.fromMe, true);
    const revoke = overWire(toRevoke(context, target, 'me'));
    assert.equal(revoke.protocolMessage?.key?.fromMe, false);
    assert.equal(readMessage(revoke).kind, 'revoke');
    const reaction = overWire(toReaction(context, target, { person: 'me', emoji: '🎉', time: 5 }));
    assert.deepEqual(readMessage(reaction), { kind: 'reaction', targetId: target.id, emoji: '🎉' });
  });

  it('shows final states in history', () => {
    for (const message of all) {
      const info = proto.WebMessageInfo.decode(
        proto.WebMessageInfo.encode(toWebMessage(context, message)).finish(),
      );
      assert.equal(info.key?.id, message.id);
      assert.equal(Number(info.messageTimestamp), message.time);
      assert.equal(info.messageStubType === proto.WebMessageInfo.StubType.REVOKE, message.revoked !== null);
      assert.equal(info.reactions.length, message.reactions.length);
      const last = message.revisions.at(-1);
      if (last !== undefined && message.revoked === null)
        assert.deepEqual(readMessage(info.message ?? {}), {
          kind: 'edit',
          targetId: message.id,
          text: last.text,
        });
    }
  });

  it('makes conversations newest first, with identities and end flags', () => {
    for (const chat of account.chats()) {
      const made = proto.Conversation.decode(
        proto.Conversation.encode(toConversation(context, chat, 3, 9, 'more-after-page')).finish(),
      );
      assert.equal(made.id, chat.jid);
      assert.equal(made.endOfHistoryTransferType, 2);
      const ids = made.messages.map((m) => m.message?.key?.id);
      const want = chat.size === 0 ? [] : [8, 7, 6, 5, 4, 3].map((i) => account.message(chat.key, i)?.id);
      assert.deepEqual(ids, want);
      if (chat.peer === null) assert.equal(made.participant.length, chat.group?.members.length);
      else {
        const { pn, lid } = account.person(chat.peer);
        assert.deepEqual(
          new Set([made.id, made.pnJid ?? made.lidJid].filter(Boolean)),
          new Set([pn, lid].filter(Boolean)),
        );
      }
    }
    assert.ok(toPushNames(account).length > 3);
    assert.ok(toLidMappings(account).every((pair) => pair.pnJid && pair.lidJid));
  });

  it('finds media from its path and decrypts it', () => {
    const withMedia = all.flatMap((m) => (m.content.type === 'media' ? [{ m, media: m.content.media }] : []));
    assert.ok(withMedia.length > 20);
    for (const { m, media } of withMedia) {
      const sent = toMessage(context, m);
      const part =
        sent.imageMessage ??
        sent.videoMessage ??
        sent.audioMessage ??
        sent.documentMessage ??
        sent.stickerMessage;
      assert.deepEqual(mediaAtPath(account, part?.directPath ?? ''), media);
      const plain = decryptBlob(encryptMedia(media).bytes, part?.mediaKey ?? new Uint8Array(), media.kind);
      assert.deepEqual(plain, mediaBytes(media));
    }
    assert.equal(mediaAtPath(account, '/v/t62.7118-24/zz_1_n.enc'), null);
  });

  it('files live media under its message', () => {
    const media = withoutSeed();
    const live = account.receive({ chat: 'd2', content: { type: 'media', media } });
    const path = toMessage(context, live).documentMessage?.directPath ?? '';
    assert.equal(mediaAtPath(account, path)?.fileName, 'x.txt');
  });
});

const withoutSeed = () => ({
  kind: 'document' as const,
  blobSeed: '',
  bytes: 10,
  mimeType: 'text/plain',
  fileName: 'x.txt',
  caption: null,
  seconds: null,
  width: null,
  height: null,
  expired: false,
});
