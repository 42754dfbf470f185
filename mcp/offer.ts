import type { Config } from '#kernel/config.ts';
import { TandemError } from '#kernel/errors.ts';
import { settings } from '#kernel/settings.ts';
import { nearMatches } from './near-matches.ts';
import { defaultToolsets, type Tool, type ToolDirectory, type Toolset, toolsets } from './tool.ts';

export type OfferSettings = Pick<Config, 'toolsets' | 'disabledTools' | 'sending' | 'toolAliases'>;

/** Why a tool is not offered: the setting that would change it. */
export interface Withheld {
  readonly setting: string;
  /** One sentence for the operator. */
  readonly remedy: string;
}

export interface Offer<S> extends ToolDirectory<S> {
  /** Null while the tool is offered. */
  withheld(tool: Tool<S>): Withheld | null;
  /** The tool that a called name means, with the translation of arguments; null when unknown. */
  resolve(name: string): {
    readonly tool: Tool<S>;
    readonly mapInput: (args: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>;
  } | null;
}

/**
 * Which tools the settings let through. Decided once at the start: a list that changes while an assistant
 * works costs it its cache. Throws CONFIG_INVALID for a toolset or tool that does not exist.
 */
export function createOffer<S>(tools: readonly Tool<S>[], config: OfferSettings): Offer<S> {
  const byName = indexNames(tools, config.toolAliases);
  const enabledSets = readToolsets(config.toolsets);
  const disabled = readDisabled(tools, config.disabledTools);

  const withheld = (tool: Tool<S>): Withheld | null => {
    if (disabled.has(tool)) {
      const setting = settings.disabledTools.env;
      return { setting, remedy: `Take ${tool.name} out of ${setting}.` };
    }
    if (tool.sends && !config.sending) {
      return { setting: settings.sending.env, remedy: `Set ${settings.sending.env}=on.` };
    }
    if (!enabledSets.has(tool.toolset)) {
      const setting = settings.toolsets.env;
      return { setting, remedy: `Set ${setting}=${[...config.toolsets, tool.toolset].join(',')}.` };
    }
    return null;
  };
  const offered = Object.freeze(
    [...tools]
      .sort((a, b) => toolsets.indexOf(a.toolset) - toolsets.indexOf(b.toolset))
      .filter((tool) => withheld(tool) === null),
  );
  return {
    offered,
    withheld,
    resolve: (name) => byName.get(name) ?? null,
    find: (name) => byName.get(name)?.tool ?? null,
    nearMatches: (name) => {
      const names = new Map<string, string>();
      for (const [key, { tool }] of byName) if (withheld(tool) === null) names.set(key, tool.name);
      const found = nearMatches(name, [...names.keys()]).map((key) => names.get(key) ?? key);
      return [...new Set(found)];
    },
  };
}

type Named<S> = NonNullable<ReturnType<Offer<S>['resolve']>>;

function indexNames<S>(tools: readonly Tool<S>[], withAliases: boolean): ReadonlyMap<string, Named<S>> {
  const byName = new Map<string, Named<S>>();
  const add = (name: string, named: Named<S>) => {
    if (byName.has(name)) throw new Error(`two tools answer to the name ${name}`);
    byName.set(name, named);
  };
  for (const tool of tools) add(tool.name, { tool, mapInput: (args) => args });
  if (!withAliases) return byName;
  for (const tool of tools) {
    for (const alias of tool.aliases ?? []) {
      add(alias.name, { tool, mapInput: alias.mapInput ?? ((args) => args) });
    }
  }
  return byName;
}

function readToolsets(names: readonly string[]): ReadonlySet<Toolset> {
  const chosen = new Set<Toolset>();
  for (const name of names) {
    if (name === 'default') for (const set of defaultToolsets) chosen.add(set);
    else if (name === 'all') for (const set of toolsets) chosen.add(set);
    else if (isToolset(name)) chosen.add(name);
    else throw unknownName(settings.toolsets.env, name, ['default', 'all', ...toolsets]);
  }
  return chosen;
}

function isToolset(name: string): name is Toolset {
  return (toolsets as readonly string[]).includes(name);
}

/** A misspelt name here would leave a tool on that the operator believes to be off. */
function readDisabled<S>(tools: readonly Tool<S>[], names: readonly string[]): ReadonlySet<Tool<S>> {
  const all = indexNames(tools, true);
  return new Set(
    names.map((name) => {
      const named = all.get(name);
      if (named === undefined) {
        throw unknownName(
          settings.disabledTools.env,
          name,
          tools.map((tool) => tool.name),
        );
      }
      return named.tool;
    }),
  );
}

function unknownName(setting: string, name: string, known: readonly string[]): TandemError {
  const problem = `"${name}" is not known; known are ${known.join(', ')}`;
  return new TandemError('CONFIG_INVALID', {
    message: `${setting}: ${problem}`,
    details: { problems: [{ setting, problem }] },
  });
}
