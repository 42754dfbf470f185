import type { BinaryNode } from '@whiskeysockets/baileys';
import type { GroupChange, PersonKey, SimChat } from '../../account/model.ts';
import { ME } from '../../account/model.ts';
import { type IqHandler, type IqRequest, iqError } from '../contract.ts';
import { bytesOf, child, children, node } from '../nodes.ts';
import { badRequest, forbidden, groupAt, itemNotFound, personAt, type QueryDeps } from './deps.ts';
import { groupNode, subGroupNode } from './group-nodes.ts';

const XMLNS = 'w:g2';
const isMember = (chat: SimChat): boolean => chat.group?.members.some((m) => m.person === ME) ?? false;
const isAdmin = (chat: SimChat): boolean =>
  chat.group?.members.some((m) => m.person === ME && m.role !== 'member') ?? false;

/** Reads about groups and communities. */
const reading = ({ account }: QueryDeps): readonly IqHandler[] => [
  {
    xmlns: XMLNS,
    type: 'get',
    child: 'participating',
    handle: () => [
      node(
        'groups',
        {},
        account.chats().flatMap((chat) => (isMember(chat) ? groupNode(account, chat) : [])),
      ),
    ],
  },
  {
    xmlns: XMLNS,
    type: 'get',
    child: 'query',
    handle: ({ to }) => {
      const chat = groupAt(account, to);
      if (!isMember(chat)) throw forbidden();
      return [groupNode(account, chat)];
    },
  },
  {
    xmlns: XMLNS,
    type: 'get',
    child: 'sub_groups',
    handle: ({ to }) => {
      const community = groupAt(account, to);
      if (community.kind !== 'community') throw badRequest();
      const linked = account.chats().filter((chat) => chat.group?.parent === community.key);
      return [
        node(
          'sub_groups',
          {},
          linked.map((chat) => subGroupNode(account, chat)),
        ),
      ];
    },
  },
  {
    xmlns: XMLNS,
    type: 'get',
    child: 'invite',
    handle: ({ to }) => {
      const chat = groupAt(account, to);
      if (!isAdmin(chat)) throw forbidden();
      return [node('invite', { code: `Sim${chat.jid.slice(7, 26).replaceAll(/\D/g, '')}` })];
    },
  },
];

const MEMBER_CHANGES = ['add', 'remove', 'promote', 'demote'] as const;

/** Changes to groups by the owner, from a linked device. */
const changing = ({ account }: QueryDeps): readonly IqHandler[] => {
  const change = (to: string, asked: GroupChange, needsAdmin: boolean): void => {
    const chat = groupAt(account, to);
    if (!isMember(chat) || (needsAdmin && !isAdmin(chat))) throw forbidden();
    account.changeGroup({ chat: chat.key, by: ME, change: asked });
  };
  const text = (from: BinaryNode | null): string => Buffer.from(bytesOf(from) ?? []).toString();
  const set = (tag: string, handle: (request: IqRequest) => readonly BinaryNode[]): IqHandler => ({
    xmlns: XMLNS,
    type: 'set',
    child: tag,
    handle,
  });

  const members = (kind: (typeof MEMBER_CHANGES)[number]): IqHandler =>
    set(kind, ({ to, child: asked }) => {
      const found: PersonKey[] = [];
      const results = children(asked).map((participant) => {
        const person = personAt(account, participant.attrs.jid);
        if (person === null) return node('participant', { jid: participant.attrs.jid, error: '404' });
        found.push(person.key);
        return node('participant', { jid: participant.attrs.jid });
      });
      if (found.length > 0) change(to, { kind, members: found }, true);
      return [node(kind, {}, results)];
    });

  return [
    ...MEMBER_CHANGES.map(members),
    set('subject', ({ to, child: asked }) => {
      change(to, { kind: 'subject', subject: text(asked) }, groupAt(account, to).group.locked);
      return [];
    }),
    set('description', ({ to, child: asked }) => {
      const body = child(asked, 'body');
      const description = body === null ? null : text(body);
      change(to, { kind: 'description', description }, groupAt(account, to).group.locked);
      return [];
    }),
    ...(['announcement', 'not_announcement'] as const).map((tag) =>
      set(tag, ({ to }) => {
        change(to, { kind: 'announce', on: tag === 'announcement' }, true);
        return [];
      }),
    ),
    set('create', ({ child: asked }) => {
      if (child(asked, 'parent') !== null) throw iqError(501, 'feature-not-implemented');
      const parentJid = child(asked, 'linked_parent')?.attrs.jid;
      const invited = children(asked).filter((part) => part.tag === 'participant');
      const chat = account.createGroup({
        subject: asked?.attrs.subject ?? '',
        by: ME,
        members: invited.flatMap((participant) => personAt(account, participant.attrs.jid)?.key ?? []),
        addressing: 'lid',
        ...(parentJid === undefined ? {} : { parent: groupAt(account, parentJid).key }),
      });
      return [groupNode(account, chat)];
    }),
    set('leave', ({ child: asked }) => {
      const jids = children(asked).map((group) => `${group.attrs.id?.split('@')[0]}@g.us`);
      if (jids.length === 0) throw itemNotFound();
      for (const jid of jids) change(jid, { kind: 'remove', members: [ME] }, false);
      return [
        node(
          'leave',
          {},
          jids.map((id) => node('group', { id })),
        ),
      ];
    }),
  ];
};

export const createGroupQueries = (deps: QueryDeps): readonly IqHandler[] => [
  ...reading(deps),
  ...changing(deps),
];
