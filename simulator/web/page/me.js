import { define } from './registry.js';
import { createWid } from './wid.js';

/** The owner of the account, known once the page has loaded it. */
export const me = { pn: undefined, lid: undefined };

export const setMe = ({ pn, lid }) => {
  me.pn = createWid(pn);
  me.lid = createWid(lid);
};

export const isMe = (wid) => [me.pn, me.lid].some((own) => own !== undefined && wid.equals(own));

define('WAWebUserPrefsMeUser', () => ({
  getMaybeMePnUser: () => me.pn,
  getMaybeMeLidUser: () => me.lid,
  getMePnUserOrThrow: () => me.pn,
  getMeUser: () => me.pn,
  isMeAccount: isMe,
}));
