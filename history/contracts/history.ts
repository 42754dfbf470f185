import type { EngineName } from '#engines/contract/capability.ts';
import type { MessageType } from '#engines/contract/message.ts';
import type { Observation } from '#engines/contract/observation.ts';
import type { EngineAccount } from '#engines/contract/state.ts';
import type { BackfillStore } from './backfills.ts';
import type { CoverageStore } from './coverage.ts';
import type { IdentityStore } from './identity.ts';
import type { JobStore } from './jobs.ts';
import type { MaintenanceStore } from './maintenance.ts';
import type { ReadStore } from './reads.ts';
import type {
  ChatKind,
  ChatRecord,
  GroupMemberRecord,
  GroupRecord,
  MessageRecord,
  PersonRecord,
} from './records.ts';
import type { AuditStore, RateStore, SendStore } from './sends.ts';

/**
 * The canonical history of one account. Asynchronous and dialect-neutral: nothing above this floor knows
 * which database is behind it. Errors: DB_LOCKED, DB_READ_ONLY, DB_DISK_FULL, DB_CORRUPT, DATABASE_ERROR.
 */
export interface History {
  readonly ingest: IngestStore;
  readonly account: AccountStore;
  readonly people: PeopleStore;
  readonly identity: IdentityStore;
  readonly chats: ChatStore;
  readonly messages: MessageStore;
  readonly reads: ReadStore;
  readonly search: SearchStore;
  readonly groups: GroupStore;
  readonly sends: SendStore;
  readonly rates: RateStore;
  readonly audit: AuditStore;
  readonly coverage: CoverageStore;
  readonly backfills: BackfillStore;
  readonly jobs: JobStore;
  readonly maintenance: MaintenanceStore;
  overview(): Promise<HistoryOverview>;
  statistics(chatId?: number): Promise<MessageStatistics>;
  /** Full check of the file; empty = sound. May take long on large files. */
  integrity(): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** One transaction: everything that the observations change, and the offset behind them. */
export interface IngestBatch {
  readonly engine: EngineName;
  readonly outboxId: string;
  /** Sequence of the last outbox entry in the batch. */
  readonly seq: number;
  /** Of the first one: what is missing before it never reached this history. Not said = it follows the last batch. */
  readonly firstSeq?: number;
  /** The entries were about another account, so `observations` has nothing of them. */
  readonly dropped?: boolean;
  readonly observations: readonly Observation[];
  /** Entries that could not be read, kept aside in the same transaction. */
  readonly quarantined?: readonly { readonly seq: number; readonly problem: string; readonly json: string }[];
}

export interface IngestReport {
  /** False when the offset showed that this batch was committed before; nothing was changed then. */
  readonly applied: boolean;
  readonly messagesAdded: number;
  readonly messagesDeduplicated: number;
  /** Known messages that learned something new. */
  readonly messagesEnriched: number;
  /** Keys of messages added, ascending; for listeners such as wait_for_message. */
  readonly addedKeys: readonly number[];
}

export interface IngestStore {
  /** Applies batches in the order given, once each. */
  apply(batch: IngestBatch): Promise<IngestReport>;
  /** Resolves when everything applied before the call survives a power cut: only then may an engine forget it. */
  durable(): Promise<void>;
  /** Sequence up to which this outbox is committed; 0 = nothing yet. */
  offset(engine: EngineName, outboxId: string): Promise<number>;
  quarantinedCount(): Promise<number>;
  /** When something of this engine was last taken in, seconds; null = never. */
  lastAt(engine: EngineName): Promise<number | null>;
}

export interface AccountStore {
  /** Null before the first link. */
  get(): Promise<EngineAccount | null>;
  /** Keeps the first account; fills what was unknown of the same account; throws ACCOUNT_MISMATCH for another one. */
  claim(account: EngineAccount): Promise<EngineAccount>;
}

export interface PeopleQuery {
  readonly text: string;
  readonly limit: number;
}

export type MatchedBy = 'name' | 'pushname' | 'number' | 'id';

export interface PersonMatch {
  readonly person: PersonRecord;
  /** 0–100, see T050 in docs/reference/tools.md: exact number 100, exact name 100, prefix, then contained. */
  readonly score: number;
  readonly matchedBy: MatchedBy;
}

export interface PeopleStore {
  get(id: number): Promise<PersonRecord | null>;
  /** By PN or LID, in any accepted form. */
  byJid(jid: string): Promise<PersonRecord | null>;
  /** Best matches first; case and diacritics do not count. */
  match(query: PeopleQuery): Promise<readonly PersonMatch[]>;
  setCustomName(id: number, name: string | null): Promise<void>;
  /** What an engine has just done, so that nobody reads the old state until it is observed. */
  setBlocked(id: number, blocked: boolean): Promise<void>;
  /** Whoever is blocked, as last heard. */
  blocked(limit: number): Promise<readonly PersonRecord[]>;
}

/** Parts of a chat's state that a command changes; absent = stays. Values as in ChatRecord. */
export interface ChatStateChange {
  readonly archived?: boolean;
  readonly pinnedAt?: number | null;
  readonly mutedUntil?: number | null;
}

export interface ChatQuery {
  /** Part of the name or of the number. */
  readonly text?: string;
  readonly kinds?: readonly ChatKind[];
  readonly archived?: boolean;
  readonly unreadOnly?: boolean;
  readonly pinnedOnly?: boolean;
  /** True = only what list_chats hides: status broadcast, chats without any shown message. */
  readonly system?: boolean;
  readonly sort: 'last_active' | 'name';
  readonly limit: number;
  readonly after?: ChatCursor;
  readonly offset?: number;
}

/** Place in a list of chats: value of the sort column and id. */
export type ChatCursor = readonly [value: number | string, id: number];

export interface Page<T, C> {
  readonly items: readonly T[];
  /** Where the next page starts; null at the end. */
  readonly next: C | null;
  /** All that fit, without limit. */
  readonly total: number;
}

export interface ChatStore {
  list(query: ChatQuery): Promise<Page<ChatRecord, ChatCursor>>;
  get(id: number): Promise<ChatRecord | null>;
  /** By any alias, in any accepted form. */
  byJid(jid: string): Promise<ChatRecord | null>;
  /** All chats that a person wrote in or is a member of, newest first. */
  ofPerson(personId: number, limit: number, offset: number): Promise<Page<ChatRecord, number>>;
  /** Marks read up to a time, locally; returns how many were unread. */
  markRead(id: number, upTo: number): Promise<number>;
  /** What an engine has just done, so that nobody reads the old state until it is observed. */
  setState(id: number, change: ChatStateChange): Promise<void>;
}

export interface MessageFilter {
  readonly chatId?: number;
  readonly senderId?: number;
  /** Only own messages, or only those of others. */
  readonly fromMe?: boolean;
  readonly types?: readonly MessageType[];
  readonly hasMedia?: boolean;
  /** Sent at or after, seconds. */
  readonly since?: number;
  /** Sent before, seconds. */
  readonly until?: number;
}

export interface MessageQuery extends MessageFilter {
  readonly order: 'newest' | 'oldest';
  readonly limit: number;
  /** Continue behind this key, in the order of the query. */
  readonly after?: number;
  readonly offset?: number;
  /** Counting costs a scan of the range; leave it out where `next` is enough. */
  readonly withTotal?: boolean;
}

export interface MessagePage {
  readonly items: readonly MessageRecord[];
  readonly next: number | null;
  readonly total: number | null;
}

export interface MessageStore {
  list(query: MessageQuery): Promise<MessagePage>;
  get(key: number): Promise<MessageRecord | null>;
  /** Stanza ids are unique per chat and sender only: there may be several. */
  byId(id: string, chatId?: number): Promise<readonly MessageRecord[]>;
  /** Neighbours in the same chat, oldest first on both sides. */
  context(
    key: number,
    before: number,
    after: number,
  ): Promise<{
    readonly before: readonly MessageRecord[];
    readonly after: readonly MessageRecord[];
  }>;
  /** Unread messages of others in a chat, newest first. */
  unread(chatId: number, limit: number): Promise<readonly MessageRecord[]>;
  /** Texts that a message had before its edits, oldest first. */
  revisions(key: number): Promise<readonly { readonly text: string | null; readonly at: number }[]>;
  /** Every message id of the store, for checks against a source of truth; streamed. */
  everyId(): AsyncIterable<{
    readonly chatJid: string;
    readonly id: string;
    readonly fromMe: boolean;
    readonly sender: string | null;
  }>;
}

export interface SearchQuery extends MessageFilter {
  /** What the user typed; see docs/guides/search.md for the grammar. */
  readonly text: string;
  readonly mode: 'auto' | 'phrase' | 'substring';
  readonly limit: number;
  readonly after?: number;
}

export interface SearchHit {
  readonly message: MessageRecord;
  /** The text around the hit, matches between the two private-use marks of search/highlight.ts. */
  readonly snippet: string;
}

export interface SearchPage {
  readonly hits: readonly SearchHit[];
  readonly next: number | null;
  /** How the query was read, for people: normal form of the grammar. */
  readonly read: string;
  readonly degraded: 'FTS_UNAVAILABLE' | null;
}

export interface SearchStore {
  run(query: SearchQuery): Promise<SearchPage>;
}

export interface GroupStore {
  get(jid: string): Promise<GroupRecord | null>;
  members(chatId: number): Promise<readonly GroupMemberRecord[]>;
  list(query: { readonly community?: string; readonly limit: number; readonly offset: number }): Promise<
    Page<
      {
        readonly group: GroupRecord;
        readonly chat: ChatRecord;
        readonly myRole: GroupMemberRecord['role'] | null;
      },
      number
    >
  >;
  communities(query: {
    readonly text?: string;
    readonly limit: number;
    readonly offset: number;
  }): Promise<Page<{ readonly community: GroupRecord; readonly groupCount: number }, number>>;
}

export interface HistoryOverview {
  readonly messages: number;
  readonly chats: number;
  readonly people: number;
  readonly media: number;
  readonly unread: number;
  /** Seconds; null while empty. */
  readonly newestMessageAt: number | null;
  readonly oldestMessageAt: number | null;
  readonly lastIngestAt: number | null;
  readonly backend: 'sqlite' | 'postgres';
  /** On the disk, with what is not yet copied from the log into the file. */
  readonly bytes: number;
  readonly schemaVersion: number;
  readonly searchUsable: boolean;
}

export interface MessageStatistics {
  readonly messages: number;
  readonly chats: number;
  readonly people: number;
  readonly media: number;
  readonly byType: Readonly<Partial<Record<MessageType, number>>>;
  readonly oldestAt: number | null;
  readonly newestAt: number | null;
  readonly perEngine: readonly {
    readonly engine: EngineName;
    readonly messages: number;
    readonly only: number;
  }[];
  /** Messages that more than one engine saw. */
  readonly sharedByEngines: number;
  readonly edited: number;
  readonly revoked: number;
}
