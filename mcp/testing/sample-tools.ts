import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { TandemError } from '#kernel/errors.ts';
import type { Resource } from '../resource.ts';
import { matchId, type ResourceTemplate } from '../resource-template.ts';
import { toolDefiner } from '../tool.ts';

/** Small real tools, so that the machinery around tools is tested without the services behind the real ones. */
export interface SampleServices {
  notes: string[];
  readonly listeners: Set<() => void>;
}

export function createSampleServices(): SampleServices {
  return { notes: [], listeners: new Set() };
}

const defineTool = toolDefiner<SampleServices>();

const read = { readOnly: true, destructive: false, idempotent: true, openWorld: false };

export const findNotes = defineTool({
  name: 'find_notes',
  title: 'Find notes',
  description: 'Use this to find notes by a part of their text. Newest first.',
  toolset: 'messages',
  scope: 'wa:read',
  hints: read,
  untrusted: true,
  input: z.strictObject({
    query: z.string().min(1).max(50).describe('Part of the text.'),
    limit: z.int().min(1).max(100).default(20).describe('At most this many.'),
    cursor: z.string().max(100).optional().describe('Where the last page ended.'),
    hold_ms: z.int().min(0).max(60_000).default(0).describe('How long to take.'),
  }),
  output: z.object({ notes: z.array(z.object({ text: z.string() })), total: z.int() }),
  argumentAliases: { content: 'query', filter: 'query' },
  aliases: [
    { name: 'search_notes_v2' },
    { name: 'grep_notes', mapInput: ({ pattern, ...rest }) => ({ ...rest, query: pattern }) },
  ],
  run: async ({ query, limit, hold_ms }, { services }) => {
    if (hold_ms > 0) await sleep(hold_ms);
    const found = services.notes.filter((note) => note.includes(query));
    // `secret` is not in the output schema and must not get out.
    const notes = found.slice(0, limit).map((text) => ({ text, secret: 'internal' }));
    return { data: { notes, total: found.length }, meta: { attempts: 1 } };
  },
});

export const addNote = defineTool({
  name: 'add_note',
  title: 'Add a note',
  description: 'Use this to send a note out into the world.',
  toolset: 'sending',
  scope: 'wa:send',
  hints: { readOnly: false, destructive: false, idempotent: false, openWorld: true },
  sends: true,
  input: z.strictObject({
    text: z.string().min(1).max(100).describe('What to write.'),
    hold_ms: z.int().min(0).max(60_000).default(0).describe('How long to take.'),
  }),
  output: z.object({ count: z.int() }),
  run: async ({ text, hold_ms }, { services }) => {
    if (hold_ms > 0) await sleep(hold_ms);
    services.notes.unshift(text);
    for (const listener of services.listeners) listener();
    return { data: { count: services.notes.length }, meta: { engine: 'baileys' as const } };
  },
});

export const slowCount = defineTool({
  name: 'slow_count',
  title: 'Count slowly',
  description: 'Use this to count up with a pause before each step.',
  toolset: 'session',
  scope: 'wa:read',
  hints: read,
  input: z.strictObject({
    steps: z.int().min(0).max(10_000).describe('How far to count.'),
    pause_ms: z.int().min(0).max(60_000).default(0).describe('Pause before each step.'),
  }),
  output: z.object({ counted: z.int() }),
  run: async ({ steps, pause_ms }, { signal, progress }) => {
    for (let done = 1; done <= steps; done += 1) {
      if (pause_ms > 0) await sleep(pause_ms, undefined, { signal });
      progress({ done, total: steps, message: `counted to ${done}` });
    }
    return { data: { counted: steps } };
  },
});

export const failOddly = defineTool({
  name: 'fail_oddly',
  title: 'Fail oddly',
  description: 'Use this to see how failures look.',
  toolset: 'session',
  scope: 'wa:read',
  hints: read,
  input: z.strictObject({
    how: z.enum(['typed', 'untyped', 'bad-output']).describe('Which kind of failure.'),
  }),
  output: z.object({ never: z.literal('reached') }),
  run: async ({ how }) => {
    if (how === 'typed') {
      throw new TandemError('CHAT_NOT_FOUND', { details: { candidates: ['one', 'two'] } });
    }
    if (how === 'untyped') throw new Error('the text of somebody: hello Anna');
    return { data: JSON.parse('{"never":"as promised"}') };
  },
});

export const wipeNotes = defineTool({
  name: 'wipe_notes',
  title: 'Wipe all notes',
  description: 'Use this to throw every note away.',
  toolset: 'admin',
  scope: 'wa:admin',
  hints: { readOnly: false, destructive: true, idempotent: true, openWorld: false },
  input: z.strictObject({}),
  output: z.object({ wiped: z.int() }),
  run: async (_args, { services }) => {
    const wiped = services.notes.length;
    services.notes = [];
    return { data: { wiped } };
  },
});

export const sampleTools = [findNotes, addNote, slowCount, failOddly, wipeNotes];

export const noteCount: Resource<SampleServices> = {
  uri: 'whatsapp://sync-status',
  name: 'sync-status',
  title: 'Number of notes',
  description: 'How many notes there are.',
  mimeType: 'application/json',
  read: async ({ services }) => JSON.stringify({ notes: services.notes.length }),
  watch: (services, changed) => {
    services.listeners.add(changed);
    return () => services.listeners.delete(changed);
  },
};

/** Notes by their place, the newest first; the one at `broken` cannot be read. */
export const singleNote: ResourceTemplate<SampleServices, { readonly id: string }> = {
  uriTemplate: 'whatsapp://notes/{id}',
  name: 'note',
  title: 'One note',
  description: 'The note at one place, the newest at 0.',
  mimeType: 'application/json',
  match: matchId('whatsapp://notes/'),
  read: async ({ id }, { principal, services }) => {
    if (id === 'broken') throw new TandemError('DATABASE_ERROR');
    if (!principal.scopes.includes('wa:read')) return null;
    const note = services.notes[Number(id)];
    return note === undefined ? null : JSON.stringify({ note });
  },
  watch: (_params, services, changed) => {
    services.listeners.add(changed);
    return () => services.listeners.delete(changed);
  },
};
