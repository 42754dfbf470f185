import { z } from 'zod';
import { CONSOLE_HEADER } from '#console/auth.ts';
import { type DiagnosticsView, diagnosticsViewSchema } from '#console/view/diagnostics.ts';
import { type StatusView, statusViewSchema } from '#console/view/status.ts';
import { errorBodySchema, fromErrorBody, TandemError } from '#kernel/errors.ts';
import type { ServiceInfo } from '#kernel/service-file.ts';
import { readEvents } from './event-stream.ts';

const linkAnswerSchema = z.object({
  state: z.enum(['linked', 'offered']),
  engine: z.string(),
  code_refused: z.object({ code: z.string(), message: z.string() }).nullable(),
});
export type LinkAnswer = z.infer<typeof linkAnswerSchema>;

const logoutAnswerSchema = z.object({
  messages_kept: z.literal(true),
  engines: z.array(
    z.object({
      engine: z.string(),
      was_linked: z.boolean(),
      unlinked_on_server: z.boolean(),
      session_deleted: z.boolean(),
    }),
  ),
});
export type LogoutAnswer = z.infer<typeof logoutAnswerSchema>;

const failureSchema = z.object({ error: errorBodySchema });

/** The running service, as another process on this machine sees it. Errors: NOT_RUNNING and what the service answers. */
export interface ServiceClient {
  status(): Promise<StatusView>;
  /** The status now and after every change, until aborted. Throws NOT_RUNNING when the service goes away. */
  statuses(signal: AbortSignal): AsyncGenerator<StatusView, void, undefined>;
  link(request: { readonly engine?: string; readonly phone?: string }): Promise<LinkAnswer>;
  logout(request: { readonly engine?: string }): Promise<LogoutAnswer>;
  diagnostics(bundle: boolean): Promise<DiagnosticsView>;
}

/** Linking and logging out wait for WhatsApp; everything else answers from memory. */
const REQUEST_TIMEOUT_MS = 45_000;

export function createServiceClient(info: Pick<ServiceInfo, 'url' | 'token'>): ServiceClient {
  const headers = {
    [CONSOLE_HEADER]: '1',
    ...(info.token === null ? {} : { authorization: `Bearer ${info.token}` }),
  };

  async function ask(path: string, init: RequestInit): Promise<Response> {
    let answer: Response;
    try {
      answer = await fetch(`${info.url}${path}`, { ...init, headers: { ...headers, ...init.headers } });
    } catch (cause) {
      throw new TandemError('NOT_RUNNING', { cause });
    }
    if (answer.ok) return answer;
    const failure = failureSchema.safeParse(await answer.json().catch(() => null));
    if (failure.success) throw fromErrorBody(failure.data.error);
    throw new TandemError('NOT_RUNNING', {
      message: 'Another program answers at the address of the service.',
      details: { status: answer.status },
    });
  }

  const within = () => AbortSignal.timeout(REQUEST_TIMEOUT_MS);
  const get = async (path: string) => (await ask(path, { signal: within() })).json();
  const post = async (path: string, body: unknown) =>
    (
      await ask(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
        signal: within(),
      })
    ).json();

  return {
    status: async () => statusViewSchema.parse(await get('/api/status')),
    statuses: async function* (signal) {
      const answer = await ask('/api/events', { signal });
      for await (const event of readEvents(answer)) {
        if (event.type === 'status') yield statusViewSchema.parse(JSON.parse(event.data));
      }
      if (!signal.aborted) throw new TandemError('NOT_RUNNING', { message: 'The service ended.' });
    },
    link: async (request) => linkAnswerSchema.parse(await post('/api/link', request)),
    logout: async (request) =>
      logoutAnswerSchema.parse(await post('/api/logout', { ...request, confirm: true })),
    diagnostics: async (bundle) =>
      diagnosticsViewSchema.parse(await get(`/api/diagnostics${bundle ? '?bundle=1' : ''}`)),
  };
}
