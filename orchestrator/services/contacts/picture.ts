import { TandemError } from '#kernel/errors.ts';
import type { ServiceContext } from '../context.ts';
import { optionalName } from '../present/message.ts';
import { compact, type Reply, servedBy } from '../reply.ts';
import type { Recipient } from '../resolve/resolver.ts';
import { takeLookups } from './lookup-rate.ts';

export const pictureSizes = ['preview', 'full'] as const;

export interface PictureRequest {
  /** A person or a group. */
  readonly target: string;
  readonly size: (typeof pictureSizes)[number];
}

export interface ProfilePicture {
  readonly jid: string;
  readonly name?: string;
  readonly has_picture: boolean;
  /** Valid for some days; at WhatsApp's own server. */
  readonly url?: string;
  readonly id?: string;
  readonly size: PictureRequest['size'];
}

/** Where the picture of a person or group lies. Errors: CONTACT_NOT_FOUND, PRIVACY_RESTRICTED, RATE_LIMITED. */
export function createProfilePicture(context: ServiceContext) {
  const { resolver, router } = context;

  const resolve = async (typed: string, signal?: AbortSignal): Promise<Recipient> => {
    try {
      return await resolver.recipient(typed, 'target', signal);
    } catch (thrown) {
      if (!(thrown instanceof TandemError) || thrown.code !== 'RECIPIENT_NOT_FOUND') throw thrown;
      const details = thrown.details ?? {};
      throw new TandemError('CONTACT_NOT_FOUND', { message: thrown.message, details });
    }
  };

  return async (request: PictureRequest, signal?: AbortSignal): Promise<Reply<ProfilePicture>> => {
    // Before the target is resolved: an unknown number is looked up for that.
    await takeLookups(context, 1);
    const target = await resolve(request.target, signal);
    const outcome = await router.call(
      'contact.picture',
      { jid: target.jid, size: request.size },
      signal === undefined ? {} : { signal },
    );
    const { url, id } = outcome.output;
    return {
      data: compact({
        jid: target.jid,
        name: optionalName(target.name),
        has_picture: url !== null,
        url: url ?? undefined,
        id: id ?? undefined,
        size: request.size,
      }),
      meta: servedBy(outcome),
    };
  };
}
