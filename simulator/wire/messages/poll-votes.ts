import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes } from 'node:crypto';
import { proto } from '@whiskeysockets/baileys';

/** Votes are encrypted for those who hold the secret of the poll; a vote names its options by their hashes. */

export type VoteContext = {
  readonly pollId: string;
  readonly pollSecret: Uint8Array;
  /** As the chat addresses them. */
  readonly creatorJid: string;
  readonly voterJid: string;
};

const IV_BYTES = 12;
const TAG_BYTES = 16;

const hmac = (key: Uint8Array, data: Uint8Array): Buffer => createHmac('sha256', key).update(data).digest();
/** How a vote names what it chose. */
export const optionHash = (option: string): Buffer => createHash('sha256').update(option).digest();

const keyOf = ({ pollId, pollSecret, creatorJid, voterJid }: VoteContext) => ({
  key: hmac(
    hmac(Buffer.alloc(32), pollSecret),
    Buffer.concat([Buffer.from(`${pollId + creatorJid + voterJid}Poll Vote`), Uint8Array.of(1)]),
  ),
  aad: Buffer.from(`${pollId}\u0000${voterJid}`),
});

export const sealVote = (options: readonly string[], context: VoteContext): proto.Message.IPollEncValue => {
  const { key, aad } = keyOf(context);
  const encIv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, encIv).setAAD(aad);
  const plain = proto.Message.PollVoteMessage.encode({ selectedOptions: options.map(optionHash) }).finish();
  return { encIv, encPayload: Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]) };
};

/** The chosen ones of the poll's options; null when the vote was not made for this poll by this person. */
export const openVote = (
  vote: proto.Message.IPollEncValue,
  options: readonly string[],
  context: VoteContext,
): readonly string[] | null => {
  const { key, aad } = keyOf(context);
  const sealed = vote.encPayload ?? new Uint8Array();
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, vote.encIv ?? new Uint8Array())
      .setAAD(aad)
      .setAuthTag(sealed.subarray(-TAG_BYTES));
    const plain = Buffer.concat([decipher.update(sealed.subarray(0, -TAG_BYTES)), decipher.final()]);
    const chosen = proto.Message.PollVoteMessage.decode(plain).selectedOptions ?? [];
    return options.filter((option) => chosen.some((hash) => optionHash(option).equals(hash)));
  } catch {
    return null;
  }
};
