import type { ServiceContext } from '../context.ts';
import type { Reply } from '../reply.ts';
import { type BlockedContact, type BlockRequest, createBlock } from './block.ts';
import { type BlockedContacts, createBlockedContacts } from './blocked.ts';
import { type CheckedNumbers, createCheckNumbers } from './check-numbers.ts';
import { createProfilePicture, type PictureRequest, type ProfilePicture } from './picture.ts';
import { createSetName, type NamedContact } from './set-name.ts';

/** What can be asked about people, and done with them, one by one. */
export interface Contacts {
  checkNumbers(
    request: { readonly phones: readonly string[] },
    signal?: AbortSignal,
  ): Promise<Reply<CheckedNumbers>>;
  picture(request: PictureRequest, signal?: AbortSignal): Promise<Reply<ProfilePicture>>;
  setName(request: { readonly contact: string; readonly name: string }): Promise<Reply<NamedContact>>;
  /** Blocks, or (false) unblocks. */
  block(request: BlockRequest, blocked: boolean, signal?: AbortSignal): Promise<Reply<BlockedContact>>;
  blocked(signal?: AbortSignal): Promise<Reply<BlockedContacts>>;
}

export function createContacts(context: ServiceContext): Contacts {
  return {
    checkNumbers: createCheckNumbers(context),
    picture: createProfilePicture(context),
    setName: createSetName(context),
    block: createBlock(context),
    blocked: createBlockedContacts(context),
  };
}
