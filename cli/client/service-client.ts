import { z } from 'zod';
import { CONSOLE_HEADER } from '#console/auth.ts';
import { type CoverageReply, coverageViewSchema } from '#console/view/coverage.ts';
import { type DiagnosticsView, diagnosticsViewSchema } from '#console/view/diagnostics.ts';
import {
  type JobReply,
  type JobsReply,
  type JobWithItemsReply,
  jobsViewSchema,
  jobViewSchema,
  jobWithItemsSchema,
  type StartedReply,
  startedViewSchema,
} from '#console/view/jobs.ts';
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
  /** Newest first. */
  jobs(query: { readonly limit: number; readonly states?: readonly string[] }): Promise<JobsReply>;
  /** As it is when it has ended or rests, or after `waitSeconds`. Throws JOB_NOT_FOUND. */
  job(
    id: string,
    query?: { readonly waitSeconds?: number; readonly parts?: readonly string[]; readonly limit?: number },
    signal?: AbortSignal,
  ): Promise<JobWithItemsReply>;
  /** Throws JOB_NOT_FOUND, JOB_ENDED. */
  steerJob(id: string, action: 'cancel' | 'pause' | 'resume'): Promise<JobReply>;
  /** The older history of every chat. */
  retrieveHistory(request: {
    readonly since?: string;
    readonly engines?: readonly string[];
  }): Promise<StartedReply>;
  /** The older history of one chat. Throws CHAT_NOT_FOUND, RECIPIENT_AMBIGUOUS, NO_ANCHOR_MESSAGE, NO_CHECKPOINT, SYNC_IN_PROGRESS. */
  fetchHistory(request: {
    readonly chat: string;
    readonly resume?: boolean;
    readonly until?: string;
    readonly max_messages?: number;
    readonly engine?: string;
  }): Promise<StartedReply>;
  /** Throws NO_ACTIVE_SYNC when no job fetches this chat alone. */
  cancelHistory(chat: string): Promise<JobReply>;
  /** One page, by name. */
  coverage(query: {
    readonly text?: string;
    readonly limit: number;
    readonly after?: string;
  }): Promise<CoverageReply>;
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
  const get = async (path: string, query: Query = {}, signal?: AbortSignal) => {
    const params = new URLSearchParams();
    for (const [name, value] of Object.entries(query))
      if (value !== undefined) params.set(name, String(value));
    const search = params.size === 0 ? '' : `?${params}`;
    const bound = signal === undefined ? within() : AbortSignal.any([within(), signal]);
    return (await ask(`${path}${search}`, { signal: bound })).json();
  };
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
      diagnosticsViewSchema.parse(await get('/api/diagnostics', bundle ? { bundle: 1 } : {})),
    jobs: async ({ limit, states }) =>
      jobsViewSchema.parse(await get('/api/jobs', { limit, status: states?.join(',') })),
    job: async (id, { waitSeconds, parts, limit } = {}, signal) =>
      jobWithItemsSchema.parse(
        await get(jobPath(id), { wait_s: waitSeconds, items: parts?.join(','), items_limit: limit }, signal),
      ),
    steerJob: async (id, action) => jobViewSchema.parse(await post(`${jobPath(id)}/${action}`, {})),
    retrieveHistory: async (request) => startedViewSchema.parse(await post('/api/history/retrieve', request)),
    fetchHistory: async (request) => startedViewSchema.parse(await post('/api/history/fetch', request)),
    cancelHistory: async (chat) => jobViewSchema.parse(await post('/api/history/cancel', { chat })),
    coverage: async (query) => coverageViewSchema.parse(await get('/api/coverage', query)),
  };
}

type Query = Readonly<Record<string, string | number | undefined>>;

function jobPath(id: string): string {
  return `/api/jobs/${encodeURIComponent(id)}`;
}
