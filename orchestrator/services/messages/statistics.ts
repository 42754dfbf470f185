import type { EngineName } from '#engines/contract/capability.ts';
import type { MessageStatistics } from '#history/contracts/history.ts';
import type { ServiceContext } from '../context.ts';
import { optionalName } from '../present/message.ts';
import { compact, type Reply } from '../reply.ts';
import { type Coverage, coverageOf } from '../shapes/coverage.ts';

export interface Statistics {
  readonly chat?: { readonly jid: string; readonly name?: string };
  readonly total_messages: number;
  readonly total_chats: number;
  readonly total_contacts: number;
  readonly media_messages: number;
  readonly text_messages: number;
  readonly messages_by_type: Record<string, number>;
  readonly edited_messages: number;
  readonly deleted_messages: number;
  readonly oldest_message?: string;
  readonly newest_message?: string;
  readonly engines: { readonly engine: EngineName; readonly messages: number; readonly only: number }[];
  /** Messages that more than one engine saw, kept once. */
  readonly seen_by_several_engines: number;
  /** Sightings beyond the first of each message: rows that there would be without merging. */
  readonly duplicates_merged: number;
  /** How far back one chat reaches; see get_sync_status. */
  readonly coverage?: Coverage;
}

export function createStatistics({ history, resolver, times, freshness }: ServiceContext) {
  return async (request: { readonly chat?: string | undefined }): Promise<Reply<Statistics>> => {
    const chat = request.chat === undefined ? null : await resolver.chat(request.chat);
    const found = await history.statistics(...(chat === null ? [] : [chat.id]));
    return {
      data: compact({
        chat: chat === null ? undefined : compact({ jid: chat.jid, name: optionalName(chat.name) }),
        total_messages: found.messages,
        total_chats: found.chats,
        total_contacts: found.people,
        media_messages: found.media,
        text_messages: found.byType.text ?? 0,
        messages_by_type: { ...found.byType },
        edited_messages: found.edited,
        deleted_messages: found.revoked,
        oldest_message: found.oldestAt === null ? undefined : times.iso(found.oldestAt),
        newest_message: found.newestAt === null ? undefined : times.iso(found.newestAt),
        engines: found.perEngine.map(({ engine, messages, only }) => ({ engine, messages, only })),
        seen_by_several_engines: found.sharedByEngines,
        duplicates_merged: duplicatesOf(found),
        coverage: chat === null ? undefined : coverageOf(await history.coverage.ofChat(chat.id), chat),
      }),
      meta: await freshness.meta(),
    };
  };
}

/** Each engine counts a message once; what they count together beyond the number of messages was merged. */
function duplicatesOf({ perEngine, sharedByEngines }: MessageStatistics): number {
  const sightings = perEngine.reduce((sum, { messages }) => sum + messages, 0);
  const seenOnce = perEngine.reduce((sum, { only }) => sum + only, 0);
  return sightings - seenOnce - sharedByEngines;
}
