import { learnPerson, toLid, toPn } from './contacts.js';
import { call } from './link.js';
import { collections } from './misc.js';
import { Model } from './model.js';
import { define } from './registry.js';
import { createWid, maybeWid } from './wid.js';

/** What the server says no to, with its number. */
class ServerStatusCodeError extends Error {
  constructor(status) {
    super(`server status code ${status}`);
    this.name = 'ServerStatusCodeError';
    this.status = status;
    this.statusCode = status;
  }
}

const queryWidExists = async (wid) => {
  const person = await call('query_exists', { wid: String(wid) });
  if (person === null) return null;
  // What the query tells stays known.
  learnPerson(person);
  return { wid: createWid(person.pn ?? person.lid), lid: maybeWid(person.lid ?? undefined), biz: false };
};

/** Takes a chat, a contact, or an id. */
const requestProfilePicFromServer = async (about) => {
  const wid = createWid(about?.id ?? about);
  const answer = await call('profile_picture', { wid: String(wid) });
  if (answer.status) throw new ServerStatusCodeError(answer.status);
  return { id: wid, tag: answer.id, eurl: answer.full, previewEurl: answer.preview };
};

const getStatus = async ({ wid }) => ({
  id: createWid(wid),
  ...(await call('about', { wid: String(wid) })),
});

const getDeviceIds = (wids) =>
  Promise.all(
    wids.map(async (wid) => ({ id: wid, devices: await call('device_list', { wid: String(wid) }) })),
  );

collections.ProfilePicThumb = {
  get: () => undefined,
  find: async (id) => {
    const none = { eurl: undefined, img: undefined };
    const { eurl, previewEurl, tag } = await requestProfilePicFromServer(id).catch(() => none);
    return new Model({ id: createWid(id), eurl, img: previewEurl, imgFull: eurl, tag });
  },
};

define('WAWebBackendErrors', () => ({ ServerStatusCodeError }));
define('WAWebQueryExistsJob', () => ({ queryWidExists }));
define('WAWebContactProfilePicThumbBridge', () => ({ requestProfilePicFromServer }));
define('WAWebContactStatusBridge', () => ({ getStatus }));
define('WAWebApiDeviceList', () => ({ getDeviceIds }));
define('WAWebApiContact', () => ({
  getCurrentLid: (wid) => toLid(createWid(wid)),
  getPhoneNumber: (wid) => toPn(createWid(wid)),
  getAlternateUserWid: (wid) => (wid.isLid() ? toPn(wid) : toLid(wid)),
}));
