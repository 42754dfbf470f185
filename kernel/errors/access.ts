import { entry } from './entry.ts';

/** What a caller may not do. */
export const access = {
  TOOL_NOT_FOUND: entry(
    404,
    false,
    'There is no such tool.',
    'See tools/list for the names of those that there are.',
  ),
  TOOL_DISABLED: entry(
    403,
    false,
    'This tool is switched off.',
    'The operator can allow it; the setting is in the details.',
  ),
  RATE_LIMITED: entry(429, true, 'Too many requests of this kind.', 'Wait for the time given.'),
  ACCESS_DENIED: entry(
    401,
    false,
    'The request carries no valid access token.',
    'Send the token as `Authorization: Bearer …`; the operator finds it with `tandem status --token`.',
  ),
  ORIGIN_DENIED: entry(
    403,
    false,
    'Requests from this origin or host are not accepted.',
    'Use the address the service listens on, or add it to the allowed list in the settings.',
  ),
  SESSION_NOT_FOUND: entry(
    404,
    false,
    'This MCP session is unknown or has ended.',
    'Initialize a new session.',
  ),
  TOO_MANY_SESSIONS: entry(
    503,
    true,
    'The service holds as many MCP sessions as it accepts.',
    'Close an idle client and try again.',
  ),
  ROUTE_NOT_FOUND: entry(404, false, 'There is nothing at this address.', 'See docs for the routes.'),
} as const;
