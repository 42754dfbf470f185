import type { BinaryNode } from '@whiskeysockets/baileys';
import type { Account } from '../../account/account.ts';
import type { PersonKey, SimChat, SimMember } from '../../account/model.ts';
import { addressingOf, otherJid, personJid } from '../messages/jids.ts';
import { node } from '../nodes.ts';

/** A person in a stanza about a group: the group's own identity first, the other one beside it. */
export const participantNode = (account: Account, chat: SimChat, member: SimMember): BinaryNode => {
  const mode = addressingOf(chat);
  const jid = personJid(account, member.person, mode);
  const other = otherJid(account, member.person, mode);
  return node('participant', {
    jid,
    ...(jid.endsWith('@lid') ? { phone_number: other } : { lid: other }),
    type: member.role === 'member' ? undefined : member.role,
  });
};

/** `name` for the group's own identity of a person and `name_pn` for the number, where that differs. */
export const actorAttrs = (account: Account, chat: SimChat, name: string, key: PersonKey) => {
  const jid = personJid(account, key, addressingOf(chat));
  const pn = jid.endsWith('@lid') ? (account.person(key).pn ?? undefined) : undefined;
  return { [name]: jid, [`${name}_pn`]: pn };
};

const bareId = (jid: string): string => jid.split('@')[0] ?? jid;

/** The `group` node of every answer about a group. */
export const groupNode = (account: Account, chat: SimChat): BinaryNode => {
  const { group } = chat;
  if (group === null) throw new RangeError(`chat ${chat.key} is not a group`);
  const flags: readonly (BinaryNode | null)[] = [
    group.announce ? node('announcement') : null,
    group.locked ? node('locked') : null,
    group.ephemeralSeconds > 0 ? node('ephemeral', { expiration: String(group.ephemeralSeconds) }) : null,
    chat.kind === 'community'
      ? node('parent', { default_membership_approval_mode: 'request_required' })
      : null,
    chat.kind === 'announcement' ? node('default_sub_group') : null,
    group.parent === null ? null : node('linked_parent', { jid: account.chat(group.parent).jid }),
    group.description === null
      ? null
      : node(
          'description',
          {
            id: `D${group.creation.toString(16).toUpperCase()}`,
            t: String(group.creation),
            ...actorAttrs(account, chat, 'participant', group.owner),
          },
          [node('body', {}, Buffer.from(group.description))],
        ),
    node('member_add_mode', {}, Buffer.from('all_member_add')),
  ];
  return node(
    'group',
    {
      id: bareId(chat.jid),
      addressing_mode: group.addressing,
      subject: group.subject,
      s_t: String(group.subjectTime),
      ...actorAttrs(account, chat, 's_o', group.owner),
      creation: String(group.creation),
      ...actorAttrs(account, chat, 'creator', group.owner),
      size: String(group.members.length),
    },
    [
      ...flags.flatMap((flag) => flag ?? []),
      ...group.members.map((member) => participantNode(account, chat, member)),
    ],
  );
};

/** A linked group in its community's list: no members. */
export const subGroupNode = (account: Account, chat: SimChat): BinaryNode => {
  const { group } = chat;
  return node(
    'group',
    {
      id: bareId(chat.jid),
      subject: group?.subject,
      s_t: String(group?.subjectTime ?? 0),
      creation: String(group?.creation ?? 0),
      ...(group === null ? {} : actorAttrs(account, chat, 'creator', group.owner)),
      size: String(group?.members.length ?? 0),
    },
    chat.kind === 'announcement' ? [node('default_sub_group')] : [],
  );
};
