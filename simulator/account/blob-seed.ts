/** Ties a file's bytes to the message it belongs to, so that its path alone leads back to it. */
export const blobSeedOf = (seed: string, chat: string, index: number): string => `${seed}.${chat}.${index}`;
