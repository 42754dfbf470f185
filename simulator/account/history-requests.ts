import type { ChatKey } from './model.ts';

/**
 * What became of a request for older messages. `silent`: the phone got it and says nothing. `dead-anchor`,
 * `unknown-chat`: the phone does not know what is meant, and so says nothing. `refused`: the server did not pass it on.
 */
export type HistoryOutcome =
  | 'waiting'
  | 'answered'
  | 'silent'
  | 'dead-anchor'
  | 'unknown-chat'
  | 'refused'
  | 'dropped';

/** One request for older messages, as the phone or the server got it. */
export interface HistoryAsk {
  /** 1, 2, … in order of arrival. */
  readonly number: number;
  /** By which client the account was asked. */
  readonly via: 'wire' | 'web';
  /** Number in the account's device list. */
  readonly device: number;
  /** Null: the account has no such chat. */
  readonly chat: ChatKey | null;
  /** The chat as the device named it. */
  readonly chatJid: string;
  /** Stanza id of the message before which the page is to end. */
  readonly anchorId: string;
  readonly count: number;
  /** Null for pages of the web client, which do not number their requests. */
  readonly requestId: string | null;
  /** What the phone had been ordered to do. */
  readonly mode: string;
  readonly outcome: HistoryOutcome;
  /** What was handed over: half-open indexes of `chat`, or of another chat by order. Null without an answer. */
  readonly answer: { readonly chat: ChatKey; readonly from: number; readonly to: number } | null;
  /** How often the answer has been delivered. */
  readonly deliveries: number;
}

/** Requests of one chat, added up. */
export interface HistoryCounts {
  readonly chat: ChatKey;
  readonly asked: number;
  readonly answered: number;
  /** Answers whose anchor had been answered before: pages that were fetched more than once. */
  readonly repeated: number;
  /** Messages of the chat in these answers, those that came twice counted twice. */
  readonly messages: number;
}

export interface OpenAsk {
  readonly number: number;
  close(outcome: HistoryOutcome, answer?: HistoryAsk['answer']): void;
  /** The answer has been delivered, for the first time or once more. */
  delivered(): void;
}

/** Every request for older messages that reached the account. */
export interface HistoryRequests {
  open(ask: Omit<HistoryAsk, 'number' | 'outcome' | 'answer' | 'deliveries'>): OpenAsk;
  /** In order of arrival. */
  all(): readonly HistoryAsk[];
  of(chat: ChatKey): readonly HistoryAsk[];
  /** Only chats that were asked for. */
  counts(): readonly HistoryCounts[];
  countsOf(chat: ChatKey): HistoryCounts;
  clear(): void;
}

export const createHistoryRequests = (): HistoryRequests => {
  const asks: HistoryAsk[] = [];
  let last = 0;

  const countsOf = (chat: ChatKey, own: readonly HistoryAsk[]): HistoryCounts => {
    const answered = own.filter(({ outcome }) => outcome === 'answered');
    return {
      chat,
      asked: own.length,
      answered: answered.length,
      repeated: answered.length - new Set(answered.map(({ anchorId }) => anchorId)).size,
      messages: answered.reduce(
        (sum, { answer }) => sum + (answer?.chat === chat ? answer.to - answer.from : 0),
        0,
      ),
    };
  };
  const of = (chat: ChatKey): readonly HistoryAsk[] => asks.filter((ask) => ask.chat === chat);

  return {
    open: (ask) => {
      last += 1;
      // An entry is replaced, never changed: what somebody holds stays as it was. `clear` may have moved it.
      let entry: HistoryAsk = { ...ask, number: last, outcome: 'waiting', answer: null, deliveries: 0 };
      asks.push(entry);
      const replace = (change: Partial<HistoryAsk>): void => {
        const at = asks.lastIndexOf(entry);
        entry = { ...entry, ...change };
        if (at >= 0) asks[at] = entry;
      };
      return {
        number: last,
        close: (outcome, answer = null) => replace({ outcome, answer }),
        delivered: () => replace({ deliveries: entry.deliveries + 1 }),
      };
    },
    all: () => asks,
    of,
    counts: () => {
      const byChat = Map.groupBy(asks, ({ chat }) => chat);
      return [...byChat].flatMap(([chat, own]) => (chat === null ? [] : [countsOf(chat, own)]));
    },
    countsOf: (chat) => countsOf(chat, of(chat)),
    clear: () => {
      asks.length = 0;
    },
  };
};
