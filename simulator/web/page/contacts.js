import { Collection } from './collection.js';
import { onEvent } from './link.js';
import { isMe } from './me.js';
import { Model } from './model.js';
import { define } from './registry.js';
import { createWid, maybeWid } from './wid.js';

class ContactModel extends Model {
  get formattedName() {
    return this.name ?? this.pushname ?? `+${this.id.user}`;
  }
}

export const Contact = new Collection(ContactModel);
/** Hidden identity to number and back, by text, as far as the account knows. */
const numbers = new Map();
const hidden = new Map();

Contact.find = async (id) => {
  const wid = createWid(id);
  return Contact.get(wid) ?? Contact.add(new ContactModel({ id: wid, type: 'in', isAddressBookContact: 0 }));
};

export const toPn = (wid) => (wid.isLid() ? numbers.get(String(wid)) : wid);
export const toLid = (wid) => (wid.isLid() ? wid : hidden.get(String(wid)));

export const learnPerson = ({ pn, lid, name, pushname }) => {
  if (pn && lid) {
    numbers.set(lid, createWid(pn));
    hidden.set(pn, createWid(lid));
  }
  for (const id of [pn, lid]) {
    if (!id) continue;
    const attributes = {
      name: name ?? undefined,
      shortName: name?.split(' ')[0],
      pushname: pushname ?? undefined,
      type: 'in',
      isAddressBookContact: name ? 1 : 0,
      phoneNumber: id === lid ? maybeWid(pn ?? undefined) : undefined,
      isBusiness: false,
    };
    const known = Contact.get(id);
    if (known) known.set(attributes);
    else Contact.add(new ContactModel({ id: createWid(id), isContactBlocked: false, ...attributes }));
  }
};

onEvent('person', learnPerson);

define('WAWebLidMigrationUtils', () => ({ toPn, toLid }));
define('WAWebContactGetters', () => ({
  getIsMe: ({ id }) => isMe(id),
  getIsUser: ({ id }) => id.isUser(),
  getIsGroup: ({ id }) => id.isGroup(),
  getIsWAContact: ({ id }) => id.isUser(),
  getUserid: ({ id }) => id.user,
  getVerifiedName: () => undefined,
  getVerifiedLevel: () => undefined,
  getStatusMute: () => false,
  getName: ({ name }) => name,
  getShortName: ({ shortName }) => shortName,
  getPushname: ({ pushname }) => pushname,
  getIsEnterprise: () => false,
}));
define('WAWebFrontendContactGetters', () => ({
  getIsMyContact: ({ isAddressBookContact }) => isAddressBookContact === 1,
}));
