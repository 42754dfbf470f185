import { promisify } from 'node:util';
import { constants, deflate } from 'node:zlib';
import { proto } from '@whiskeysockets/baileys';
import type { MediaHost } from '../contract.ts';
import type { PhoneBehaviour } from './behaviour.ts';

const compress = promisify(deflate);

// Larger pieces would make stanzas that a real server refuses.
const MAX_INLINE_BYTES = 65_536;

export type HistoryPiece = proto.IHistorySync & { readonly syncType: proto.HistorySync.HistorySyncType };

/** Wraps one piece of history for the wire: compressed, inside the notification or on the media host. */
export const historyNotification = async (
  piece: HistoryPiece,
  media: Pick<MediaHost, 'put'>,
  delivery: PhoneBehaviour['delivery'],
  extra: { readonly requestId?: string; readonly oldestSeconds?: number } = {},
): Promise<proto.Message.IProtocolMessage> => {
  // Fast compression: the simulator feeds benchmarks, and loopback bandwidth is free.
  const blob = await compress(proto.HistorySync.encode(piece).finish(), { level: constants.Z_BEST_SPEED });
  const inline = delivery === 'inline' || (delivery === 'auto' && blob.length <= MAX_INLINE_BYTES);
  const place = (): proto.Message.IHistorySyncNotification => {
    if (inline) return { initialHistBootstrapInlinePayload: blob };
    const { directPath, mediaKey, fileSha256, fileEncSha256, fileLength } = media.put(blob, 'md-msg-hist');
    return { directPath, mediaKey, fileSha256, fileEncSha256, fileLength };
  };
  return {
    type: proto.Message.ProtocolMessage.Type.HISTORY_SYNC_NOTIFICATION,
    historySyncNotification: {
      ...place(),
      // The two enums agree on the values that a phone sends.
      syncType: piece.syncType as unknown as proto.Message.HistorySyncType,
      chunkOrder: piece.chunkOrder ?? null,
      progress: piece.progress ?? null,
      ...(extra.requestId === undefined ? {} : { peerDataRequestSessionId: extra.requestId }),
      ...(extra.oldestSeconds === undefined ? {} : { oldestMsgInChunkTimestampSec: extra.oldestSeconds }),
    },
  };
};
