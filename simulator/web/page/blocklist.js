import { Collection } from './collection.js';
import { Contact, toLid, toPn } from './contacts.js';
import { call, onEvent } from './link.js';
import { collections } from './misc.js';
import { Model } from './model.js';
import { define } from './registry.js';
import { createWid } from './wid.js';

class BlockedModel extends Model {}

export const Blocklist = new Collection(BlockedModel);
collections.Blocklist = Blocklist;

/** Both contacts of a person show it. */
const mark = (wid, blocked) => {
  for (const each of [wid, wid.isLid() ? toPn(wid) : toLid(wid)]) {
    Contact.get(each)?.set({ isContactBlocked: blocked });
  }
};

export const learnBlocked = (text, blocked) => {
  const wid = createWid(text);
  if (blocked) Blocklist.add(new BlockedModel({ id: wid }));
  else if (Blocklist.get(wid)) Blocklist.remove(Blocklist.get(wid));
  mark(wid, blocked);
};

onEvent('blocklist', ({ wid, blocked }) => learnBlocked(wid, blocked));

define('WAWebBlockContactUtils', () => ({
  /** People are blocked under their hidden identity where it is known. */
  getContactToBlockOnlyUseIfNoAssociatedChat: (contact) => Contact.get(toLid(contact.id)) ?? contact,
}));
define('WAWebBlockContactAction', () => ({
  blockContact: ({ contact }) => call('block', { wid: String(contact.id), blocked: true }),
  unblockContact: (contact) => call('block', { wid: String(contact.id), blocked: false }),
}));
