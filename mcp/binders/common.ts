import type { Registry } from '../registry.ts';
import { RESULT_LABEL_KEY, type ToolResult } from '../result.ts';

/** What both binders put on the wire in the same way. */

export const NO_SUCH_RESOURCE = 'There is no such resource.';
export const TOO_MANY_SUBSCRIPTIONS = 'There are too many subscriptions; end some of them first.';

/** What one client may watch at a time; a reader of everything would list instead. */
export const WATCHED_RESOURCES_MAX = 200;

/** How the service introduces itself. */
export function serverIdentity(registry: Registry) {
  return { name: 'tandem', title: 'Tandem for WhatsApp', version: registry.version };
}

export function toCallResult(result: ToolResult) {
  return {
    content: result.content.map((block) => ({ ...block })),
    structuredContent: { ...result.structured },
    ...(result.isError ? { isError: true } : {}),
    ...(result.label === null ? {} : { _meta: { [RESULT_LABEL_KEY]: result.label } }),
  };
}

/** Only elicitation would use it; the SDKs' default builds a schema compiler for every server instance. */
export const unusedValidator = {
  getValidator: () => () => ({
    valid: false as const,
    data: undefined,
    errorMessage: 'Nothing is asked of the client.',
  }),
};
