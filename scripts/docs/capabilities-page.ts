import { type Capability, capabilities, engineNames } from '#engines/contract/capability.ts';
import { commands } from '#engines/contract/command.ts';
import { engineMatrix, enginesWith } from '#engines/contract/matrix.ts';
import { allTools } from '#mcp/tools/all.ts';
import { capabilitiesOfTools } from '#mcp/tools/shared/needs.ts';
import { GENERATED, markdownTable } from './markdown.ts';

const meanings: Readonly<Record<Capability, string>> = {
  'link.qr': 'Link by QR code',
  'link.code': 'Link by a code typed on the phone',
  'session.logout': 'Unlink and destroy the credentials',
  'session.probe': 'A live round trip to WhatsApp',
  'session.reconnect': 'Renew the connection; webjs loads its page again',
  'appstate.resync': 'Fetch chat state and settings anew; webjs loads its page again',
  'devices.list': 'Devices of the own account; webjs only counts them',
  'send.text': 'Send a text',
  'message.react': 'React to a message',
  'message.edit': 'Edit an own message',
  'message.revoke': 'Delete a message, for everyone or on the own devices',
  'message.forward': 'Forward a message',
  'message.markRead': 'Tell the senders of single messages that they were read',
  'chat.markRead': 'Mark a chat read on the own devices; webjs tells the senders too',
  'chat.archive': 'Archive a chat, and bring it back',
  'chat.pin': 'Pin and unpin a chat',
  'chat.mute': 'Mute and unmute a chat',
  'history.page': 'Ask the phone for older messages of a chat',
  'group.read': 'Live metadata of groups',
  'community.read': 'Live metadata of communities',
  'contact.lookup': 'Which numbers are on WhatsApp',
  'contact.picture': 'Where a profile picture lies',
  'contact.block': 'Block and unblock a person',
  'contact.blocklist': 'Whom the account has blocked',
  'media.download': 'Fetch a file; baileys needs the keys that its message brought',
};

export function capabilitiesPage(): string {
  const toolsOf = (capability: Capability) =>
    allTools.flatMap(({ name }) => (capabilitiesOfTools[name]?.includes(capability) ? [link(name)] : []));
  const rows = capabilities.map((capability) => [
    `\`${capability}\``,
    meanings[capability],
    ...engineNames.map((engine) => yesNo(engineMatrix[engine].includes(capability))),
    takeover(capability),
    toolsOf(capability).join(', '),
  ]);
  const served = allTools.flatMap(({ name }) =>
    capabilitiesOfTools[name] === undefined
      ? []
      : [[link(name), ...engineNames.map((engine) => part(name, engine))]],
  );
  return `# Capabilities
${GENERATED}

What each engine can do. An engine declares a capability by implementing it, and the conformance suite holds it to this table in
both directions. What works at this moment is another question: \`backend_status\` with \`include_routing\` answers it, engine by
engine, with the reason where one cannot.

${markdownTable(['Capability', 'Meaning', ...engineNames, 'The other engine takes over', 'Tools'], rows)}

## By tool

Tools that ask an engine, or can be told to; all others are answered from the history and need none. "In part" = the other engine
is needed for some of what the tool can do.

${markdownTable(['Tool', ...engineNames], served)}
`;
}

/** These mean one engine in particular. */
const OF_ONE_ENGINE = /^(?:link|session|appstate)\./;

function takeover(capability: Capability): string {
  if (OF_ONE_ENGINE.test(capability)) return 'no: it is about one engine';
  return commands[capability].idempotent ? 'yes' : 'only while proven that nothing was sent';
}

function part(tool: string, engine: (typeof engineNames)[number]): string {
  const needs = capabilitiesOfTools[tool] ?? [];
  const able = needs.filter((capability) => enginesWith(capability).includes(engine)).length;
  if (able === needs.length) return 'yes';
  return able === 0 ? 'no' : 'in part';
}

function yesNo(is: boolean): string {
  return is ? 'yes' : 'no';
}

function link(tool: string): string {
  return `[${tool}](tools.md#${tool})`;
}
