import { z } from 'zod';
import { defaultToolsets, type Tool, toolsets } from '#mcp/tool.ts';
import { allTools } from '#mcp/tools/all.ts';
import { GENERATED, markdownTable } from './markdown.ts';

type AnyTool = (typeof allTools)[number];

interface ArgumentSchema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly ArgumentSchema[];
  readonly items?: ArgumentSchema;
  readonly description?: string;
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
}

export function toolsPage(): string {
  const parts = toolsets
    .map((toolset) => ({ toolset, tools: allTools.filter((tool) => tool.toolset === toolset) }))
    .filter(({ tools }) => tools.length > 0);
  const overview = markdownTable(
    ['Tool set', 'By default', 'Tools'],
    parts.map(({ toolset, tools }) => [
      `\`${toolset}\``,
      defaultToolsets.includes(toolset) ? 'yes' : 'no',
      tools.map((tool) => `[${tool.name}](#${tool.name})`).join(', '),
    ]),
  );
  return `# Tools
${GENERATED}

\`TANDEM_TOOLSETS\` chooses tool sets (\`default\`, \`all\`, or names); \`TANDEM_DISABLED_TOOLS\` takes single tools away. Tools that send answer
\`TOOL_DISABLED\` unless \`TANDEM_SENDING=on\`. Every result has \`ok\` and \`meta\`: \`engine\` that served, \`attempts\`, \`duration_ms\`, \`freshness\` of what is
stored, and where another engine had to stand in \`routed_from\`, \`degraded\` and \`degraded_reason\`. Which engine can serve which tool is in
[capabilities.md](capabilities.md); failures are described in [errors.md](errors.md).

${overview}

${parts.flatMap(({ tools }) => tools.map(toolSection)).join('\n\n')}
`;
}

function toolSection(tool: AnyTool): string {
  const aliases = (tool.aliases ?? []).map((alias) => `\`${alias.name}\``);
  const lines = [
    `## ${tool.name}`,
    '',
    tool.description,
    '',
    `*${hintWords(tool).join(' · ')} · scope \`${tool.scope}\`${aliases.length > 0 ? ` · also answers to ${aliases.join(', ')}` : ''}*`,
    '',
    argumentTable(tool),
  ];
  for (const example of tool.info?.examples ?? []) {
    lines.push('', `${example.title}: \`${JSON.stringify(example.arguments)}\``);
  }
  if (tool.info !== undefined && tool.info.errors.length > 0) {
    lines.push('', `Errors of its own: ${tool.info.errors.map((code) => `\`${code}\``).join(', ')}.`);
  }
  for (const pitfall of tool.info?.pitfalls ?? []) lines.push('', `> ${pitfall}`);
  return lines.join('\n');
}

function hintWords({ hints }: Pick<Tool<unknown>, 'hints'>): readonly string[] {
  return [
    hints.readOnly ? 'reads only' : hints.destructive ? 'destructive' : 'changes something',
    ...(hints.idempotent ? ['safe to repeat'] : []),
    ...(hints.openWorld ? ['touches the outside world'] : []),
  ];
}

function argumentTable(tool: AnyTool): string {
  const schema = z.toJSONSchema(tool.input, { io: 'input' }) as {
    readonly properties?: Readonly<Record<string, ArgumentSchema>>;
    readonly required?: readonly string[];
  };
  const rows = Object.entries(schema.properties ?? {}).map(([name, argument]) => [
    `\`${name}\`${schema.required?.includes(name) ? ' (required)' : ''}`,
    typeWords(argument),
    argument.default === undefined ? '' : `\`${JSON.stringify(argument.default)}\``,
    argument.description ?? '',
  ]);
  return rows.length === 0
    ? 'No arguments.'
    : markdownTable(['Argument', 'Type', 'Default', 'Meaning'], rows);
}

function typeWords(argument: ArgumentSchema): string {
  if (argument.enum !== undefined) return argument.enum.map((value) => `\`${String(value)}\``).join(', ');
  if (argument.anyOf !== undefined) return argument.anyOf.map(typeWords).join(' or ');
  const type = [argument.type ?? 'any'].flat().join(' or ');
  if (type === 'array') return `list of ${typeWords(argument.items ?? {})}`;
  if (argument.maxLength !== undefined) return `${type}, at most ${argument.maxLength} characters`;
  if (argument.maximum !== undefined && argument.maximum < Number.MAX_SAFE_INTEGER) {
    return `${type}, ${argument.minimum ?? ''}–${argument.maximum}`;
  }
  return type;
}
