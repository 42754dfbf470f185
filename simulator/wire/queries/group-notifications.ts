import type { BinaryNode } from '@whiskeysockets/baileys';
import type { AccountEvent, GroupChange, SimChat } from '../../account/model.ts';
import { addressingOf } from '../messages/jids.ts';
import { node } from '../nodes.ts';
import type { QueryDeps } from './deps.ts';
import { actorAttrs, groupNode, participantNode } from './group-nodes.ts';

const changeNode = ({ account }: QueryDeps, chat: SimChat, change: GroupChange, time: number): BinaryNode => {
  switch (change.kind) {
    case 'add':
    case 'remove':
    case 'promote':
    case 'demote':
      return node(
        change.kind,
        {},
        change.members.map((person) =>
          participantNode(account, chat, { person, role: change.kind === 'promote' ? 'admin' : 'member' }),
        ),
      );
    case 'subject':
      return node('subject', { subject: change.subject, s_t: String(time) });
    case 'description':
      return change.description === null
        ? node('description', { delete: 'true' })
        : node('description', {}, [node('body', {}, Buffer.from(change.description))]);
    case 'announce':
      return node(change.on ? 'announcement' : 'not_announcement');
  }
};

/** Tells linked devices about new groups and changed ones. Returns the way out. */
export const createGroupNotifications = (deps: QueryDeps): (() => void) => {
  const { account, hub } = deps;
  const notify = (chat: SimChat, id: string, time: number, by: string, content: BinaryNode): void => {
    const actor = actorAttrs(account, chat, 'participant', by);
    const notifyName = account.person(by).pushName ?? undefined;
    const attrs = { from: chat.jid, type: 'w:gp2', id, t: String(time), notify: notifyName };
    hub.broadcast(
      node('notification', { ...attrs, addressing_mode: addressingOf(chat), ...actor }, [content]),
    );
  };
  return account.subscribe((event: AccountEvent) => {
    if (event.type === 'group') {
      const chat = account.chat(event.chat);
      notify(chat, event.id, event.time, event.by, changeNode(deps, chat, event.change, event.time));
    }
    if (event.type === 'chat-created') {
      const chat = account.chat(event.chat);
      if (chat.group === null) return;
      notify(
        chat,
        event.id,
        event.time,
        chat.group.owner,
        node('create', { type: 'new' }, [groupNode(account, chat)]),
      );
    }
  });
};
