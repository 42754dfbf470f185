import type { EngineName } from '#engines/contract/capability.ts';
import type { HistoryAnchor, MessageObservation } from '#engines/contract/message.ts';
import type { Sql } from './sql.ts';

/** How far down the first push of an engine has come in each chat, until it is complete. */
export interface PushEdges {
  /** Any message; only pushed ones count, and one of a page says that what was heard of its chat belongs to the page. */
  told(engine: EngineName, chatId: number, seen: MessageObservation): void;
  /** An engine was told that a chat has nothing older than what comes with this word. */
  startReached(engine: EngineName, chatId: number): void;
  /** What was heard of the chat belongs to the answer to a request. */
  notPushed(engine: EngineName, chatId: number): void;
  /** Takes what there is of an engine; nothing is kept. */
  take(engine: EngineName): readonly PushEdge[];
  flush(): void;
  forget(): void;
}

export interface PushEdge {
  readonly chatId: number;
  readonly oldest: HistoryAnchor;
  /** The phone said that nothing older exists. */
  readonly isStart: boolean;
}

/**
 * Where the word about the start of a chat covers just what is told with it. The page of WhatsApp Web speaks of all that it
 * holds, of which an engine tells only the newest thousands.
 */
const SPEAKS_OF_PUSH: Readonly<Record<EngineName, boolean>> = { baileys: true, webjs: false };

interface Edge {
  readonly oldest: HistoryAnchor;
  readonly isStart: boolean;
}

export function createPushEdges(sql: Sql): PushEdges {
  const edges = new Map<EngineName, Map<number, Edge>>();
  /** Heard, and not yet known whether of a push. */
  const heard = new Map<EngineName, Set<number>>();
  const keep = sql.statement<[number, string, number, string, number]>(
    `INSERT INTO push_edges (chat_id, engine, oldest_at, oldest, is_start) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET is_start = MAX(is_start, excluded.is_start),
       oldest = CASE WHEN excluded.oldest_at <= oldest_at THEN excluded.oldest ELSE oldest END,
       oldest_at = MIN(oldest_at, excluded.oldest_at)`,
  );
  const flush = () => {
    for (const [engine, chats] of edges)
      for (const [chatId, { oldest, isStart }] of chats)
        keep.run(chatId, engine, oldest.sentAt, JSON.stringify(oldest), Number(isStart));
    edges.clear();
  };
  const notPushed = (engine: EngineName, chatId: number) => {
    heard.get(engine)?.delete(chatId);
  };
  return {
    told: (engine, chatId, seen) => {
      if (seen.via === 'page') return notPushed(engine, chatId);
      if (seen.via !== 'push') return;
      const chats = edges.get(engine) ?? new Map<number, Edge>();
      edges.set(engine, chats);
      const known = chats.get(chatId);
      const isStart = (known?.isStart ?? false) || (heard.get(engine)?.delete(chatId) ?? false);
      // Told from the newest to the oldest: of one second the later word is the older message.
      const isLower = known === undefined || seen.sentAt <= known.oldest.sentAt;
      const { id, fromMe, sender, sentAt } = seen;
      chats.set(chatId, { oldest: isLower ? { id, fromMe, sender, sentAt } : known.oldest, isStart });
    },
    startReached: (engine, chatId) => {
      if (!SPEAKS_OF_PUSH[engine]) return;
      const chats = heard.get(engine) ?? new Set<number>();
      heard.set(engine, chats.add(chatId));
    },
    notPushed,
    take: (engine) => {
      flush();
      heard.delete(engine);
      const taken = sql.all<{ chat_id: number; oldest: string; is_start: number }>(
        `SELECT chat_id, oldest, is_start FROM push_edges WHERE engine = ?`,
        engine,
      );
      sql.run(`DELETE FROM push_edges WHERE engine = ?`, engine);
      return taken.map((row) => ({
        chatId: row.chat_id,
        oldest: JSON.parse(row.oldest) as HistoryAnchor,
        isStart: row.is_start === 1,
      }));
    },
    flush,
    forget: () => {
      edges.clear();
      heard.clear();
    },
  };
}
