import { Chat } from './chats.js';
import { Collection } from './collection.js';
import { Contact } from './contacts.js';
import { Emitter } from './emitter.js';
import { GroupMetadata } from './groups.js';
import { Msg } from './messages.js';
import { Model } from './model.js';
import { define } from './registry.js';

const LINK = /\bhttps?:\/\/[^\s<>"]+/g;

const findLinks = (text) => [...(text ?? '').matchAll(LINK)].map(([href]) => ({ href }));

/** Files that own another collection put it in here. */
export const collections = { Chat, Msg, Contact, GroupMetadata, WAWebGroupMetadataCollection: GroupMetadata };

collections.WAWebNewsletterCollection = new Collection(Model);
collections.Label = new Collection(Model);

define('WAWebCollections', () => collections);
define('WALinkify', () => ({ findLinks, findLink: (text) => findLinks(text)[0] }));
define('WAWebSyncGatingUtils', () => ({ isPlaceholderMessageResendEnabled: () => false }));
define('WAWebCallCollection', () => Object.assign(new Emitter(), { calls: new Map() }));
define('WAWebBackendJobsCommon', () => ({ mediaTypeFromProtobuf: () => null }));
define('WAWebE2EProtoUtils', () => ({ typeAttributeFromProtobuf: () => 'text' }));
define('WAWebMiscBrowserUtils', () => ({ info: () => ({ os: 'Linux', name: 'Chrome' }) }));
