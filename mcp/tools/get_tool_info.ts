import { z } from 'zod';
import { engineNameSchema } from '#engines/contract/capability.ts';
import { errorCatalogue } from '#kernel/error-catalogue.ts';
import { TandemError } from '#kernel/errors.ts';
import { brief } from './shared/brief.ts';
import { defineTool } from './shared/define.ts';
import { OWN_READ } from './shared/hints.ts';
import { capabilitiesOfTools } from './shared/needs.ts';

export const getToolInfo = defineTool({
  name: 'get_tool_info',
  title: 'Explain a tool',
  description:
    'Explains one tool: when to use it, its arguments, what it returns, examples, its errors and what to do about them, related tools, pitfalls, and which engines could serve it now.',
  toolset: 'session',
  scope: 'wa:read',
  hints: OWN_READ,
  input: z.strictObject({
    tool_name: z.string().min(1).max(64).describe('Name of the tool, or its name on another server.'),
  }),
  output: z.object({
    tool: z.string(),
    title: z.string(),
    summary: z.string(),
    offered: z.boolean(),
    when_to_use: z.string().optional(),
    arguments: z.record(z.string(), z.unknown()),
    required_arguments: z.array(z.string()),
    other_argument_names: z.record(z.string(), z.string()).optional(),
    other_names: z.array(z.string()).optional(),
    result: z.record(z.string(), z.unknown()),
    examples: z
      .array(z.object({ title: z.string(), arguments: z.record(z.string(), z.unknown()) }))
      .optional(),
    errors: z.array(brief(z.object({ code: z.string(), what: z.string(), next: z.string() }))).optional(),
    related: z.array(z.string()).optional(),
    pitfalls: z.array(z.string()).optional(),
    /** Absent = answered from the store, without any engine. */
    engines: z
      .array(z.object({ operation: z.string(), could_serve_now: z.array(engineNameSchema) }))
      .optional(),
  }),
  argumentAliases: { tool: 'tool_name', name: 'tool_name', toolName: 'tool_name' },
  info: {
    whenToUse: 'When a call failed and the hint did not help, or before using a tool for the first time.',
    examples: [{ title: 'How to send', arguments: { tool_name: 'send_message' } }],
    errors: ['TOOL_NOT_FOUND'],
    related: ['backend_status'],
    pitfalls: [],
  },
  run: async ({ tool_name }, { services, directory }) => {
    const tool = directory.find(tool_name);
    if (tool === null) {
      const near = directory.nearMatches(tool_name);
      throw new TandemError('TOOL_NOT_FOUND', {
        ...(near.length === 0 ? {} : { hint: `Did you mean ${near.join(', ')}?` }),
        details: { near_matches: near },
      });
    }
    const { properties, required } = z.toJSONSchema(tool.input, { io: 'input' });
    const needs = capabilitiesOfTools[tool.name];
    const routes =
      needs === undefined
        ? undefined
        : (await services.backends({ include_capabilities: false, include_routing: true })).data.routing;
    return {
      data: {
        tool: tool.name,
        title: tool.title,
        summary: tool.description,
        offered: directory.offered.includes(tool),
        when_to_use: tool.info?.whenToUse,
        arguments: properties ?? {},
        required_arguments: required ?? [],
        result: z.toJSONSchema(tool.output).properties ?? {},
        other_argument_names: tool.argumentAliases,
        other_names: tool.aliases?.map(({ name }) => name),
        examples: tool.info?.examples.map((example) => ({ ...example })),
        errors: tool.info?.errors.map((code) => ({
          code,
          what: errorCatalogue[code].what,
          next: errorCatalogue[code].next,
        })),
        related: tool.info?.related.filter((name) => directory.offered.some((other) => other.name === name)),
        pitfalls: tool.info === undefined ? undefined : [...tool.info.pitfalls],
        engines: routes
          ?.filter(({ operation }) => needs?.includes(operation))
          .map(({ operation, engines }) => ({ operation, could_serve_now: engines })),
      },
    };
  },
});
