/**
 * What the page is made of, seen from code that runs inside it: nothing is known of it, anything may be missing, and every
 * step reckons with that (`?.`). What comes out of it is parsed at the border, see normalise/shapes.ts.
 */
export interface Loose {
  (...args: readonly unknown[]): Loose | undefined;
  [name: string]: Loose | undefined;
}

/** The global object of the page. */
export interface PageGlobal {
  /** The page's own module system. Throws for unknown names. */
  readonly require: (module: string) => Loose;
  /** The library's own helpers. */
  readonly WWebJS?: Loose;
  readonly btoa: (binary: string) => string;
  /** Ours; gone with each reload. */
  TandemPage?: PageSide;
  TandemModels?: PageModels;
}

/** Our code in the page. */
export interface PageSide {
  readonly kit: PageKit;
  /** Each takes one argument and answers with JSON. */
  readonly tools: Record<string, (input: never) => unknown>;
}

/** Names a message for the page: ids as it writes them (`…@c.us`), under either identity. */
export interface MessageAddress {
  readonly chat: string;
  readonly id: string;
  readonly fromMe: boolean;
  readonly sender: string | null;
}

/** A model as plain JSON. */
export type Plain = Record<string, unknown>;

/** What the parts of our code share in the page. */
export interface PageKit {
  /** Null when the module is gone, or not loaded yet. */
  readonly module: (name: string) => Loose | null;
  /** Msg, Chat, Contact and so on. Throws when the page has none. */
  readonly collections: () => Loose;
  readonly groups: () => Loose | undefined;
  /** A property whose getter may throw. */
  readonly get: (model: unknown, name: string) => Loose | undefined;
  /** Calls a function that must be there; throws "… is not a function" otherwise, instead of doing nothing. */
  readonly call: (owner: unknown, name: string, ...args: readonly unknown[]) => Loose | undefined;
  readonly models: (collection: unknown) => readonly Loose[];
  readonly widText: (wid: unknown) => string | undefined;
  readonly toWid: (text: string) => Loose | undefined;
  /** The other identity of a person, as far as the page knows it. Asks nobody. */
  readonly altOf: (wid: unknown) => string | undefined;
  readonly keyText: (key: unknown) => string;
  readonly keyOf: (key: unknown) => unknown;
  /** By either identity. Never creates one. */
  readonly chatOf: (id: string) => Loose | undefined;
  readonly contactOf: (id: string) => Loose | undefined;
  readonly groupOf: (id: string) => Loose | undefined;
  /** From memory, else from disk. */
  readonly messageOf: (address: MessageAddress) => Promise<Loose | undefined>;
  /** Changes whenever what an earlier look took from a message does not hold any more. */
  readonly printOf: (message: Loose) => readonly [key: string, t: number, print: string];
}

/** Models of the page as plain JSON, without what is big and of no use. */
export interface PageModels {
  /** Null when it cannot even be named. */
  readonly message: (message: Loose) => Plain | null;
  /** With their reactions, which are kept elsewhere. */
  readonly messages: (messages: readonly Loose[]) => Promise<readonly Plain[]>;
  readonly chat: (id: string) => Plain | null;
  readonly contact: (id: string) => Plain | null;
  readonly group: (id: string) => Plain | null;
}
