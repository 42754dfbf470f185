import { Hono } from 'hono';
import { z } from 'zod';
import type { Account } from './account/account.ts';
import type { GroupChange, PersonKey, SimChat } from './account/model.ts';
import { sampleMedia } from './account/sample-media.ts';
import type { Simulator } from './simulator.ts';

/** The part of the control API by which tests make things happen in the account itself. */

const chat = z.string().min(1).describe('Chat key or any JID of the chat');
const person = z.string().min(1).describe('Person key or JID');
const people = z.array(person).min(1);

const mediaMessageBody = z.strictObject({
  chat,
  from: z.enum(['peer', 'phone']).default('peer'),
  sender: person.optional(),
  kind: z.enum(['image', 'video', 'audio', 'voice', 'document', 'sticker']),
  bytes: z.int().positive().max(64_000_000).optional(),
  caption: z.string().optional(),
  fileName: z.string().optional(),
  expired: z.boolean().optional(),
});

const settingsBody = z.strictObject({
  chat,
  archived: z.boolean().optional(),
  pinned: z.boolean().optional(),
  /** Seconds since 1970; -1 for ever, null ends the mute. */
  mutedUntil: z.int().nullable().optional(),
});

const blockBody = z.strictObject({ person, blocked: z.boolean().default(true) });

const groupBody = z.strictObject({
  subject: z.string().min(1),
  members: people,
  addressing: z.enum(['pn', 'lid']).default('lid'),
  parent: chat.optional(),
});

const groupChangeBody = z.strictObject({
  chat,
  by: person.default('me'),
  change: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.enum(['add', 'remove', 'promote', 'demote']), members: people }),
    z.strictObject({ kind: z.literal('subject'), subject: z.string().min(1) }),
    z.strictObject({ kind: z.literal('description'), description: z.string().nullable() }),
    z.strictObject({ kind: z.literal('announce'), on: z.boolean() }),
  ]),
});

const personFields = {
  pn: z.string().endsWith('@s.whatsapp.net').nullable(),
  lid: z.string().endsWith('@lid').nullable(),
  pushName: z.string().nullable(),
  bookName: z.string().nullable(),
  about: z.string().nullable(),
  pictureId: z.string().nullable(),
};
const personBody = z.strictObject(personFields).partial();
const personChangeBody = z.strictObject({ person, change: z.strictObject(personFields).partial() });

const mergeBody = z.strictObject({
  chat,
  /** A made-up one when the other side has none and none is given. */
  lid: z.string().endsWith('@lid').optional(),
  /** False: devices find out by what comes under the new JID. */
  tell: z.boolean().optional(),
});

const mediaFaultBody = z.strictObject({
  fault: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('status'), status: z.int().min(400).max(599) }),
    z.strictObject({ kind: z.literal('slow'), delayMs: z.int().positive() }),
    z.strictObject({ kind: z.literal('truncated') }),
    z.strictObject({ kind: z.literal('corrupt') }),
  ]),
  times: z.int().positive().default(1),
  /** Only files whose path begins so. */
  path: z.string().optional(),
});

const ofPhone = { from: 'phone' } as const;

class UnknownNameError extends Error {}

const chatOf = (account: Account, name: string): SimChat => {
  const found = account.chatByJid(name) ?? account.chats().find(({ key }) => key === name);
  if (found === undefined) throw new UnknownNameError('no such chat');
  return found;
};

const personOf = (account: Account, name: string): PersonKey => {
  const found = account.personByJid(name) ?? account.people().find(({ key }) => key === name);
  if (found === undefined) throw new UnknownNameError('no such person');
  return found.key;
};

export const accountRoutes = (simulator: Pick<Simulator, 'account' | 'media'>): Hono => {
  const { account, media } = simulator;
  const keysOf = (names: readonly string[]): readonly PersonKey[] =>
    names.map((name) => personOf(account, name));
  const changeOf = (change: GroupChange): GroupChange =>
    'members' in change ? { ...change, members: keysOf(change.members) } : change;

  return new Hono()
    .onError((error, context) => {
      const status = error instanceof z.ZodError ? 400 : error instanceof UnknownNameError ? 404 : 500;
      return context.json({ error: error.message }, status);
    })
    .post('/media-messages', async (context) => {
      const { chat: name, from, sender, ...file } = mediaMessageBody.parse(await context.req.json());
      const draft = { chat: chatOf(account, name).key, content: sampleMedia(file) };
      const writer = sender === undefined ? {} : { sender: personOf(account, sender) };
      const message =
        from === 'phone' ? account.sendFromPhone(draft) : account.receive({ ...draft, ...writer });
      return context.json({ chat: message.chat, id: message.id, time: message.time });
    })
    .post('/settings', async (context) => {
      const { chat: name, archived, pinned, mutedUntil } = settingsBody.parse(await context.req.json());
      const pinnedAt = pinned === true ? account.world.nowSeconds() : null;
      const change = {
        ...(archived === undefined ? {} : { archived }),
        ...(pinned === undefined ? {} : { pinnedAt }),
        ...(mutedUntil === undefined ? {} : { mutedUntil }),
      };
      return context.json(
        account.changeSettings({ chat: chatOf(account, name).key, change, origin: ofPhone }),
      );
    })
    .post('/blocks', async (context) => {
      const { person: name, blocked } = blockBody.parse(await context.req.json());
      account.setBlocked({ person: personOf(account, name), blocked, origin: ofPhone });
      return context.json({ blocked: account.blocked() });
    })
    .post('/groups', async (context) => {
      const { subject, members, addressing, parent } = groupBody.parse(await context.req.json());
      const within = parent === undefined ? {} : { parent: chatOf(account, parent).key };
      return context.json(account.createGroup({ subject, members: keysOf(members), addressing, ...within }));
    })
    .post('/group-changes', async (context) => {
      const { chat: name, by, change } = groupChangeBody.parse(await context.req.json());
      const group = chatOf(account, name);
      if (group.group === null) throw new UnknownNameError('no such group');
      return context.json(
        account.changeGroup({ chat: group.key, by: personOf(account, by), change: changeOf(change) }),
      );
    })
    .post('/people', async (context) => {
      const empty = { pn: null, lid: null, pushName: null, bookName: null, about: null, pictureId: null };
      return context.json(account.addPerson({ ...empty, ...personBody.parse(await context.req.json()) }));
    })
    .patch('/people', async (context) => {
      const { person: name, change } = personChangeBody.parse(await context.req.json());
      return context.json(account.changePerson({ person: personOf(account, name), change, origin: ofPhone }));
    })
    .post('/chats', async (context) => {
      const { person: name } = z.strictObject({ person }).parse(await context.req.json());
      return context.json(account.openDirect(personOf(account, name)));
    })
    .post('/migrations', async (context) => {
      const { chat: name } = z.strictObject({ chat }).parse(await context.req.json());
      return context.json(account.migrateToLid(chatOf(account, name).key));
    })
    .post('/merges', async (context) => {
      const { chat: name, lid, tell } = mergeBody.parse(await context.req.json());
      const given = { ...(lid === undefined ? {} : { lid }), ...(tell === undefined ? {} : { tell }) };
      return context.json(account.revealLid({ chat: chatOf(account, name).key, ...given }));
    })
    .post('/deletions', async (context) => {
      const { chat: name } = z.strictObject({ chat }).parse(await context.req.json());
      return context.json({
        deleted: account.deleteChat({ chat: chatOf(account, name).key, origin: ofPhone }),
      });
    })
    .post('/media-faults', async (context) => {
      const { fault, times, path } = mediaFaultBody.parse(await context.req.json());
      media.failNext(fault, times, path);
      return context.json({ fault: fault.kind, times });
    });
};
