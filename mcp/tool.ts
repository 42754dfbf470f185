import type { z } from 'zod';
import type { ErrorCode } from '#kernel/errors.ts';
import type { ToolReply } from './reply.ts';

/**
 * A tool as this project describes it, free of any SDK. The binders turn it into what each protocol
 * revision wants. `S` is what tools call: the services of the orchestrator.
 */
export interface Tool<S, I extends z.ZodObject = z.ZodObject, O extends z.ZodObject = z.ZodObject> {
  /** Lower-case words joined by underscores. */
  readonly name: string;
  readonly title: string;
  /** Under 2 kB; the first sentence says when to use it. Static: never holds data of an account. */
  readonly description: string;
  readonly toolset: Toolset;
  readonly scope: Scope;
  readonly hints: ToolHints;
  /** A message leaves the account: hidden and refused while TANDEM_SENDING is off. */
  readonly sends?: true;
  /** The result holds text written by outsiders: it gets the untrusted label. */
  readonly untrusted?: true;
  /** `z.strictObject`: an unknown argument is refused. Every argument has a `.describe()`. */
  readonly input: I;
  /** `z.object`: what is not named here is dropped. Without `ok` and `meta`, which every result has. */
  readonly output: O;
  /** Other names under which callers may give an argument: other name → name in `input`. */
  readonly argumentAliases?: Readonly<Record<string, string>>;
  /** Tool names of other servers that answer too; never listed. */
  readonly aliases?: readonly ToolAlias[];
  readonly info?: ToolInfo;
  /** Throws TandemError; anything else becomes INTERNAL_ERROR. */
  run(args: z.output<I>, ctx: ToolContext<S>): Promise<ToolReply<z.input<O>>>;
}

export interface ToolAlias {
  readonly name: string;
  /** Turns the other server's arguments into ours; without it they are taken as they are. */
  readonly mapInput?: (args: Readonly<Record<string, unknown>>) => Record<string, unknown>;
}

/** What get_tool_info tells beyond the schema. */
export interface ToolInfo {
  readonly whenToUse: string;
  readonly examples: readonly { readonly title: string; readonly arguments: Record<string, unknown> }[];
  /** Codes particular to this tool; the common ones are not repeated. */
  readonly errors: readonly ErrorCode[];
  readonly related: readonly string[];
  readonly pitfalls: readonly string[];
}

/** The four annotation hints of MCP, all of them given. */
export interface ToolHints {
  readonly readOnly: boolean;
  readonly destructive: boolean;
  readonly idempotent: boolean;
  readonly openWorld: boolean;
}

export interface ToolContext<S> {
  /** Aborted when the caller cancels or the deadline passes. */
  readonly signal: AbortSignal;
  /** Tells the caller how far the work is; dropped when the caller did not ask for progress. */
  progress(step: ToolProgress): void;
  readonly principal: Principal;
  /** Protocol family of the caller: the sessionful one up to 2025-11-25, or 2026-07-28. */
  readonly era: '2025' | '2026';
  readonly services: S;
  /** All tools of this service, for get_tool_info. */
  readonly directory: ToolDirectory<S>;
}

export interface ToolProgress {
  readonly done: number;
  readonly total?: number;
  /** Words and counts only, no message text. */
  readonly message?: string;
}

export interface ToolDirectory<S> {
  /** Tools that are offered now, in listing order. */
  readonly offered: readonly Tool<S>[];
  /** By name or alias, offered or not; null when unknown. */
  find(name: string): Tool<S> | null;
  /** Names of offered tools that look like this one, best first. */
  nearMatches(name: string): readonly string[];
}

export const scopes = ['wa:read', 'wa:send', 'wa:history', 'wa:admin'] as const;
export type Scope = (typeof scopes)[number];

/** Who is calling. */
export interface Principal {
  /** Stable within an installation: 'local' without a token, 'token' with the static token. */
  readonly id: string;
  readonly scopes: readonly Scope[];
}

/** Groups of tools that TANDEM_TOOLSETS switches on together, in listing order. */
export const toolsets = [
  'session',
  'chats',
  'messages',
  'sending',
  'actions',
  'organising',
  'contacts',
  'people',
  'groups',
  'communities',
  'media',
  'history',
  'admin',
] as const;
export type Toolset = (typeof toolsets)[number];

/** What `default` in TANDEM_TOOLSETS stands for: under 25 tools, because assistants choose worse among more. */
export const defaultToolsets: readonly Toolset[] = [
  'session',
  'chats',
  'messages',
  'sending',
  'contacts',
  'groups',
  'communities',
  'media',
];

/** `const defineTool = toolDefiner<Services>()` gives each tool file full inference of its schemas. */
export function toolDefiner<S>() {
  return <I extends z.ZodObject, O extends z.ZodObject>(tool: Tool<S, I, O>): Tool<S, I, O> => tool;
}
