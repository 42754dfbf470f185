import { TandemError, toErrorBody } from '#kernel/errors.ts';
import { CHALLENGE } from '../auth/bearer.ts';

/** JSON-RPC numbers: the one clients know for an ended session, and the one for any other refusal. */
const RPC_SESSION_NOT_FOUND = -32_001;
const RPC_REFUSED = -32_000;
const RPC_PARSE_ERROR = -32_700;

/** An error as the MCP endpoint answers it before any session is involved. */
export function refuse(error: TandemError, status = error.httpStatus): Response {
  const code = error.code === 'SESSION_NOT_FOUND' ? RPC_SESSION_NOT_FOUND : RPC_REFUSED;
  const headers: Record<string, string> = {};
  if (error.code === 'ACCESS_DENIED') headers['WWW-Authenticate'] = CHALLENGE;
  if (error.retryAfterSeconds !== null) headers['Retry-After'] = String(error.retryAfterSeconds);
  return answer(status, code, error, headers);
}

export function refuseUnreadableBody(): Response {
  const error = new TandemError('VALIDATION_ERROR', { message: 'The request body is not valid JSON.' });
  return answer(error.httpStatus, RPC_PARSE_ERROR, error, {});
}

export function refuseMethod(): Response {
  const error = new TandemError('ROUTE_NOT_FOUND', { message: 'This method is not served here.' });
  return answer(405, RPC_REFUSED, error, { Allow: 'GET, POST, DELETE' });
}

function answer(
  status: number,
  code: number,
  error: TandemError,
  headers: Readonly<Record<string, string>>,
): Response {
  const body = {
    jsonrpc: '2.0',
    id: null,
    error: { code, message: error.message, data: toErrorBody(error) },
  };
  return Response.json(body, { status, headers });
}
