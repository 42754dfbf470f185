/** How the phone treats requests for older messages. */
export type OnDemandMode =
  | 'answer'
  /** Never answers. */
  | 'silent'
  /** Answers with a page without messages and without the end flag. */
  | 'empty'
  /** Answers under the other identity of the chat. */
  | 'other-identity'
  /** The connection breaks instead of an answer. */
  | 'drop';

/** What a test or an operator may order the phone to do; read anew at every step. */
export type PhoneBehaviour = {
  onDemand: OnDemandMode;
  /** Waits so long before each on-demand answer. */
  onDemandDelayMs: number;
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
  onDemandDelayMs: 0,
  onDemandPageSize: MAX_PAGE_MESSAGES,
  chunkDelayMs: 0,
  messagesPerChunk: DEFAULT_CHUNK_MESSAGES,
  delivery: 'auto',
  paused: false,
  reuploads: true,
});
