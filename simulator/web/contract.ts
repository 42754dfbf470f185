import { z } from 'zod';
import type { Account } from '../account/account.ts';
import type { DeliveryLog } from '../account/deliveries.ts';
import type { HistoryRequests } from '../account/history-requests.ts';
import type { ChatKey, SimMessage } from '../account/model.ts';
import type { SimMediaHost } from '../wire/media/media-host.ts';
import type { Wire } from '../wire/wire.ts';
import type { WebFaultState } from './fault-state.ts';
import type { PageLog } from './log.ts';

/** What everything of the web room is made from. */
export type WebDeps = {
  readonly account: Account;
  readonly deliveries: DeliveryLog;
  readonly historyRequests: HistoryRequests;
  readonly media: SimMediaHost;
  readonly wire: Wire;
};

/** A browser profile that is linked, and what it keeps on its disk. */
export type WebDevice = {
  /** Number in the account's device list. */
  readonly id: number;
  /** The secret that the profile proves itself with. */
  readonly token: string;
  /** Index of the oldest message that the profile holds; the newer ones are all there. */
  readonly floor: (chat: ChatKey) => number;
  /** Hands the profile everything from this index on. Never forgets anything. */
  readonly extend: (chat: ChatKey, from: number) => void;
  /** `endOfHistoryTransferType` of the chat model. */
  readonly historyEnd: (chat: ChatKey) => number;
  readonly setHistoryEnd: (chat: ChatKey, value: number) => void;
};

/** One loaded page of a device. It outlives a broken connection, and what happens meanwhile waits for it. */
export type PageLink = {
  readonly device: WebDevice;
  /** Tells the page something; see page/live.js for the names. */
  readonly tell: (event: string, data: unknown) => void;
  /** False while its connection is broken, or for good. */
  readonly isOpen: () => boolean;
  /** Breaks the connection; the page comes back by itself. */
  readonly drop: () => void;
};

export type CallContext = {
  readonly link: PageLink;
  readonly device: WebDevice;
};

/**
 * Thrown by a method, it rejects the page's promise with this message. Anything else that is thrown is a mistake
 * of the simulator.
 */
export class PageRefusal extends Error {}

/** A method never answers when it gives this back: what a message meets that is lost. */
export const NO_ANSWER = Symbol('no answer');

export type PageMethod = (params: unknown, context: CallContext) => unknown;
/** Methods by the name under which they are called and logged: `send_seen`, `group_metadata_query`, … */
export type PageMethods = Readonly<Record<string, PageMethod>>;

export const method =
  <T extends z.ZodType>(
    schema: T,
    handle: (params: z.infer<T>, context: CallContext) => unknown,
  ): PageMethod =>
  (params, context) =>
    handle(schema.parse(params), context);

/** What methods and live events share. */
export type WebCore = WebDeps & {
  readonly log: PageLog;
  readonly faults: WebFaultState;
  /** The pages, one for each device at most; also those whose connection broke a moment ago. */
  readonly links: () => readonly PageLink[];
  readonly message: (message: SimMessage) => PageMessage;
  /** Takes the browser off the device list. */
  readonly unlink: (device: WebDevice, options?: { readonly asked?: boolean }) => void;
};

/** Attributes of a page model as JSON; ids of people and chats as `…@c.us`, `…@lid`, `…@g.us`. */
export type PageAttributes = Readonly<Record<string, unknown>>;

export type PageMessageKey = {
  readonly fromMe: boolean;
  readonly remote: string;
  readonly id: string;
  readonly participant?: string;
};

export type PageMessage = PageAttributes & { readonly id: PageMessageKey };

export const widSchema = z.string().regex(/@(c\.us|lid|g\.us)$/);
export const keySchema = z.object({ remote: z.string(), id: z.string(), fromMe: z.boolean() });
