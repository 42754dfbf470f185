import type { BinaryNode } from '@whiskeysockets/baileys';
import { toCount, toTime } from '#engines/contract/kit/scalars.ts';
import type { Intake } from './intake.ts';

/** What the server kept while the device was away, as one connection brings it. */
export interface Backlog {
  /** Every stanza, before the library handles it. */
  heard(node: BinaryNode): void;
  opened(): void;
}

export interface BacklogDeps {
  readonly intake: Pick<Intake, 'unfiled' | 'onFiled'>;
  /** Seconds; for a server that does not tell its own time. */
  readonly now: () => number;
  /** Once: everything that was sent before `at`, by the server's clock, has come and is on disk. */
  readonly onCaughtUp: (at: number) => void;
}

/**
 * The server ends what it has kept with a word that says how much it was. The library passes that word on at once, while its own
 * queue of what came before is still long, and does not count. So all is counted here, and the intake is waited for. What was
 * announced and has not come still waits at the server: then nothing is said, and another connection will bring it.
 */
export function createBacklog({ intake, now, onCaughtUp }: BacklogDeps): Backlog {
  let loggedInAt: number | null = null;
  let stanzas = 0;
  let messages = 0;
  let announcedMessages = 0;
  let isComplete = false;
  let isOpen = false;
  let told = false;

  const check = () => {
    if (told || !isComplete || !isOpen || loggedInAt === null || intake.unfiled() > 0) return;
    told = true;
    onCaughtUp(loggedInAt);
  };
  intake.onFiled(check);

  const said = ({ tag, attrs }: BinaryNode) => {
    if (tag === 'offline_preview') announcedMessages = toCount(attrs.message) ?? 0;
    if (tag !== 'offline') return;
    isComplete = stanzas >= (toCount(attrs.count) ?? 0) && messages >= announcedMessages;
    check();
  };

  return {
    heard: (node) => {
      if (node.tag === 'success') loggedInAt = toTime(node.attrs.t) ?? now();
      if (node.attrs.offline !== undefined) {
        stanzas += 1;
        if (node.tag === 'message') messages += 1;
      }
      if (node.tag === 'ib' && Array.isArray(node.content)) node.content.forEach(said);
    },
    opened: () => {
      isOpen = true;
      check();
    },
  };
}
