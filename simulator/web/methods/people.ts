import { z } from 'zod';
import type { SimPerson } from '../../account/model.ts';
import { pictureOf, picturePath } from '../../account/pictures.ts';
import { method, type PageMethods, PageRefusal, type WebCore, widSchema } from '../contract.ts';
import { pagePerson } from '../projection/people.ts';
import { toJid, toWid } from '../projection/wids.ts';

const aboutWid = z.object({ wid: widSchema });
const NOT_AUTHORIZED = 401;
const NOT_FOUND = 404;

export const blockedWids = (core: WebCore): readonly string[] =>
  core.account.blocked().flatMap((key) => {
    const { lid, pn } = core.account.person(key);
    const jid = lid ?? pn;
    return jid === null ? [] : [toWid(jid)];
  });

/** Questions of a page about people. */
export const createPeopleMethods = (core: WebCore): PageMethods => {
  const { account, media, wire } = core;
  const personAt = (wid: string): SimPerson | null => account.personByJid(toJid(wid));

  return {
    /** Null: nobody has this number. */
    query_exists: method(aboutWid, ({ wid }) => {
      const person = personAt(wid);
      return person === null ? null : pagePerson(person);
    }),
    profile_picture: method(aboutWid, ({ wid }) => {
      const jid = toJid(wid);
      const picture = pictureOf(account, jid);
      if (picture !== null) {
        return {
          id: picture.id,
          full: media.url + picturePath(picture, 'image'),
          preview: media.url + picturePath(picture, 'preview'),
        };
      }
      // Those who show the owner nothing at all hide their picture too; the others have none.
      const hidden = account.personByJid(jid)?.about === null;
      return { status: hidden ? NOT_AUTHORIZED : NOT_FOUND };
    }),
    about: method(aboutWid, ({ wid }) => ({ status: personAt(wid)?.about ?? NOT_AUTHORIZED })),
    device_list: method(aboutWid, ({ wid }) =>
      personAt(wid) === null ? [] : wire.devices.deviceIds(toJid(wid)).map(({ id }) => id),
    ),
    block: method(aboutWid.extend({ blocked: z.boolean() }), ({ wid, blocked }, { device }) => {
      const person = personAt(wid);
      if (person === null) throw new PageRefusal('no such person');
      const origin = { from: 'device', device: String(device.id) } as const;
      account.setBlocked({ person: person.key, blocked, origin });
      return null;
    }),
  };
};
