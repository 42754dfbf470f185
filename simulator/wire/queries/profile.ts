import { ME } from '../../account/model.ts';
import { pictureOf, picturePath } from '../../account/pictures.ts';
import type { IqHandler } from '../contract.ts';
import { bytesOf, node } from '../nodes.ts';
import { itemNotFound, notAuthorized, originOf, personAt, type QueryDeps } from './deps.ts';

export interface ProfileDeps extends QueryDeps {
  /** `https://host:port` that picture links begin with. */
  readonly mediaUrl: () => string;
}

/** Pictures of people and groups, and the owner's own "about" line. */
export const createProfileQueries = ({ account, mediaUrl }: ProfileDeps): readonly IqHandler[] => [
  {
    xmlns: 'w:profile:picture',
    type: 'get',
    handle: ({ node: iq, child: asked }) => {
      const picture = pictureOf(account, iq.attrs.target ?? '');
      // Those who show the owner nothing at all hide their picture too; the others have none.
      const person = personAt(account, iq.attrs.target);
      if (picture === null) throw person !== null && person.about === null ? notAuthorized() : itemNotFound();
      const size = asked?.attrs.type === 'image' ? 'image' : 'preview';
      const path = picturePath(picture, size);
      const attrs = {
        id: picture.id,
        type: size,
        url: mediaUrl() + path,
        direct_path: path,
      };
      return [node('picture', attrs)];
    },
  },
  {
    xmlns: 'w:profile:picture',
    type: 'set',
    handle: ({ node: iq, child: picture, device }) => {
      // Groups keep the picture they were made with.
      if (iq.attrs.target !== undefined) return [];
      const pictureId = bytesOf(picture) === null ? null : String(account.world.nowSeconds());
      account.changePerson({ person: ME, change: { pictureId }, origin: originOf(device) });
      return pictureId === null ? [] : [node('picture', { id: pictureId })];
    },
  },
  {
    xmlns: 'status',
    type: 'set',
    child: 'status',
    handle: ({ child: asked, device }) => {
      const about = Buffer.from(bytesOf(asked) ?? []).toString();
      account.changePerson({
        person: ME,
        change: { about: about === '' ? null : about },
        origin: originOf(device),
      });
      return [];
    },
  },
];
