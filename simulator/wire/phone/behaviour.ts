import type { ChatKey } from '../../account/model.ts';

/** How the phone, or the server before it, treats a request for older messages. */
export const ON_DEMAND_MODES = [
  'answer',
  /** Never answers. */
  'silent',
  /** Answers with a page without messages and without the end flag. */
  'empty',
  /** Answers with a page without messages that says: nothing older exists. */
  'empty-end',
  /** Answers under the other identity of the chat. A web page has one identity for a chat and sees no difference. */
  'other-identity',
  /** The whole answer is about another chat, see `otherChat`. */
  'other-chat',
  /** The same answer is delivered twice. */
  'twice',
  /** An answer that was given before comes once more, just ahead of the right one. */
  'earlier-again',
  /** The server refuses to pass the request on: ack error 429; a web page is told nothing. */
  'rate-limited',
  /** The connection breaks instead of an answer. */
  'drop',
] as const;
export type OnDemandMode = (typeof ON_DEMAND_MODES)[number];

/** For good, or for so many requests. */
export type OnDemandRule = OnDemandMode | { readonly mode: OnDemandMode; readonly times: number };

/** What a test or an operator may order the phone to do; read anew at every step. */
export type PhoneBehaviour = {
  /** For every request that nothing below has a word about. */
  onDemand: OnDemandMode;
  /** For the next requests, whatever they are about, one each. */
  onDemandNext: OnDemandMode[];
  /** For requests about these chats; goes before the two above. */
  onDemandByChat: Record<ChatKey, OnDemandRule>;
  /** Stanza ids that the phone does not know as anchors: it says nothing to requests that name them. */
  deadAnchors: string[];
  /** So many anchors, as they come, join `deadAnchors`. */
  deadAnchorsNext: number;
  /** Whose page `other-chat` gives; null: the next chat that has messages. */
  otherChat: ChatKey | null;
  /** Waits so long before each on-demand answer. */
  onDemandDelayMs: number;
  /** Adds up to so much to the wait, another time for each request. */
  onDemandJitterMs: number;
  /** Never larger than what real phones send. */
  onDemandPageSize: number;
  /** Between the chunks of the initial history. */
  chunkDelayMs: number;
  messagesPerChunk: number;
  /** `auto`: small pieces travel inside the message, large ones over the media host. */
  delivery: 'auto' | 'inline' | 'media';
  /** Stops between chunks of the initial history while true. */
  paused: boolean;
  /** Uploads files again that the media host has lost; false: the phone has lost them too. */
  reuploads: boolean;
};

export const MAX_PAGE_MESSAGES = 50;

// A few hundred kilobytes: large enough to stream fast, small enough to report progress.
const DEFAULT_CHUNK_MESSAGES = 2_000;

export const createPhoneBehaviour = (): PhoneBehaviour => ({
  onDemand: 'answer',
  onDemandNext: [],
  onDemandByChat: {},
  deadAnchors: [],
  deadAnchorsNext: 0,
  otherChat: null,
  onDemandDelayMs: 0,
  onDemandJitterMs: 0,
  onDemandPageSize: MAX_PAGE_MESSAGES,
  chunkDelayMs: 0,
  messagesPerChunk: DEFAULT_CHUNK_MESSAGES,
  delivery: 'auto',
  paused: false,
  reuploads: true,
});
