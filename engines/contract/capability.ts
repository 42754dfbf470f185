import { z } from 'zod';

/** Engines by name, in the order in which documents list them. */
export const engineNames = ['baileys', 'webjs'] as const;
export type EngineName = (typeof engineNames)[number];
export const engineNameSchema = z.enum(engineNames);

/**
 * What an engine may be able to do. A capability is a command of the same name (see command.ts);
 * an engine declares it by implementing that command.
 */
export const capabilities = [
  'link.qr',
  'link.code',
  'session.logout',
  'session.probe',
  'session.reconnect',
  'appstate.resync',
  'devices.list',
  'send.text',
  'message.react',
  'message.edit',
  'message.revoke',
  'message.forward',
  'message.markRead',
  'chat.markRead',
  'chat.archive',
  'chat.pin',
  'chat.mute',
  'history.page',
  'group.read',
  'community.read',
  'contact.lookup',
  'contact.picture',
  'contact.block',
  'contact.blocklist',
  'media.download',
] as const;
export type Capability = (typeof capabilities)[number];
export const capabilitySchema = z.enum(capabilities);
