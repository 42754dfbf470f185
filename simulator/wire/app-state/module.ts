import { type BinaryNode, proto } from '@whiskeysockets/baileys';
import type { Account } from '../../account/account.ts';
import type { AccountEvent } from '../../account/model.ts';
import { ME } from '../../account/model.ts';
import {
  type AppStateSyncKey,
  causeOf,
  type DeviceHub,
  type LinkedDevice,
  type MediaHost,
  type WireModule,
} from '../contract.ts';
import { bytesOf, child, children, node, SERVER } from '../nodes.ts';
import {
  applyMutation,
  archiveAction,
  contactAction,
  deleteChatAction,
  deleteForMeAction,
  initialActions,
  muteAction,
  numberOfLidAction,
  type Placed,
  pinAction,
  pushNameAction,
  readAction,
} from './actions.ts';
import {
  COLLECTION_NAMES,
  type Collection,
  type CollectionName,
  createCollection,
  isCollectionName,
} from './collection.ts';
import { expandKeys } from './syncd-cipher.ts';

export interface AppStateDeps {
  readonly account: Account;
  readonly hub: DeviceHub;
  readonly media: Pick<MediaHost, 'put'>;
  readonly key: AppStateSyncKey;
}

export interface AppState extends WireModule {
  version(name: CollectionName): number;
  /** Patches refused since the start. */
  readonly refused: { readonly conflict: number; readonly forged: number };
}

/** A client that is far behind gets its patches in several answers. */
const MAX_PATCHES_PER_ANSWER = 5;
const CONFLICT_CODE = '409';
const BAD_REQUEST_CODE = '400';

/** Settings that all devices of the account share: versions, patches, snapshots, and word to the others. */
export const createAppState = ({ account, hub, media, key }: AppStateDeps): AppState => {
  const keys = expandKeys(key);
  const collections = new Map<CollectionName, Collection>(
    COLLECTION_NAMES.map((name) => [name, createCollection(name, keys)]),
  );
  const refused = { conflict: 0, forged: 0 };
  const get = (name: CollectionName): Collection => {
    const found = collections.get(name);
    if (found === undefined) throw new RangeError(`no collection ${name}`);
    return found;
  };

  const append = (placed: readonly Placed[]): ReadonlySet<CollectionName> => {
    for (const name of COLLECTION_NAMES)
      get(name).append(placed.flatMap((p) => (p.collection === name ? [p.mutation] : [])));
    return new Set(placed.map((p) => p.collection));
  };

  const announce = (name: CollectionName, except?: LinkedDevice): void => {
    const content = [node('collection', { name, version: String(get(name).version()) })];
    hub.broadcast(
      node('notification', { from: SERVER, type: 'server_sync' }, content),
      except === undefined ? {} : { except },
    );
  };

  const snapshotNode = (collection: Collection): BinaryNode => {
    const stored = media.put(collection.snapshot(), 'md-app-state');
    const { mediaKey, directPath, fileSha256, fileEncSha256, fileLength } = stored;
    const reference = { mediaKey, directPath, fileSha256, fileEncSha256, fileSizeBytes: fileLength };
    return node('snapshot', {}, proto.ExternalBlobReference.encode(reference).finish());
  };

  /** What a device that is at `version` still lacks. */
  const catchUp = (collection: Collection, version: number, wantsSnapshot: boolean): BinaryNode => {
    const useSnapshot = wantsSnapshot && collection.snapshotVersion() > 0;
    const missing = collection.patchesAfter(useSnapshot ? collection.snapshotVersion() : version);
    const sent = missing.slice(0, MAX_PATCHES_PER_ANSWER);
    return node(
      'collection',
      {
        name: collection.name,
        version: String(collection.version()),
        has_more_patches: sent.length < missing.length ? 'true' : 'false',
      },
      [
        ...(useSnapshot ? [snapshotNode(collection)] : []),
        ...(sent.length === 0
          ? []
          : [
              node(
                'patches',
                {},
                sent.map((bytes) => node('patch', {}, bytes)),
              ),
            ]),
      ],
    );
  };

  const failed = (name: string, code: string, text: string): BinaryNode =>
    node('collection', { name, type: 'error' }, [node('error', { code, text })]);

  const sync = (asked: BinaryNode, device: LinkedDevice): BinaryNode => {
    const { name = '', version = '0', return_snapshot: wantsSnapshot } = asked.attrs;
    if (!isCollectionName(name)) return failed(name, BAD_REQUEST_CODE, 'bad-request');
    const collection = get(name);
    const patchBytes = bytesOf(child(asked, 'patch'));
    if (patchBytes === null) return catchUp(collection, Number(version), wantsSnapshot === 'true');
    const verdict = collection.accept(proto.SyncdPatch.decode(patchBytes), Number(version));
    if (!verdict.ok) {
      refused[verdict.reason] += 1;
      return verdict.reason === 'conflict'
        ? failed(name, CONFLICT_CODE, 'conflict')
        : failed(name, BAD_REQUEST_CODE, 'bad-request');
    }
    const origin = { from: 'device', device: String(device.id) } as const;
    for (const mutation of verdict.mutations) applyMutation(account, mutation, origin);
    announce(name, device);
    return node('collection', { name, version: String(collection.version()) });
  };

  /** Changes made elsewhere; those of companions came as patches and are stored already. */
  const fromElsewhere = (event: AccountEvent): readonly Placed[] => {
    if (event.type === 'chat-moved') {
      return [numberOfLidAction(account, account.chat(event.chat))].flatMap((placed) => placed ?? []);
    }
    if (!('origin' in event)) return [];
    const patched = causeOf(hub, event.origin) !== undefined;
    switch (event.type) {
      case 'chat-read':
        return patched ? [] : [readAction(account, account.chat(event.chat), event.read)];
      case 'chat-settings': {
        const chat = account.chat(event.chat);
        const unpinned = event.settings.archived && event.before.pinnedAt !== null;
        // Archiving unpins; the patch of the companion says only that the chat is archived.
        if (patched) return unpinned && event.settings.pinnedAt === null ? [pinAction(account, chat)] : [];
        return [
          ...(event.before.archived === event.settings.archived ? [] : [archiveAction(account, chat)]),
          ...(event.before.pinnedAt === event.settings.pinnedAt ? [] : [pinAction(account, chat)]),
          ...(event.before.mutedUntil === event.settings.mutedUntil ? [] : [muteAction(account, chat)]),
        ];
      }
      case 'person': {
        if (patched) return [];
        const { person, before } = event;
        if (person.key === ME)
          return person.pushName === before.pushName ? [] : [pushNameAction(account, person.pushName ?? '')];
        const isNew = before === person && person.bookName !== null;
        if (!isNew && person.bookName === before.bookName) return [];
        return [contactAction(account, person)].flatMap((placed) => placed ?? []);
      }
      case 'chat-deleted':
        return patched ? [] : [deleteChatAction(account, account.chat(event.chat))];
      case 'deleted-for-me':
        return patched ? [] : [deleteForMeAction(account, event.message)];
      default:
        return [];
    }
  };

  append(initialActions(account));
  const stop = account.subscribe((event) => {
    for (const name of append(fromElsewhere(event))) announce(name);
  });

  return {
    name: 'app-state',
    iqs: [
      {
        xmlns: 'w:sync:app:state',
        child: 'sync',
        handle: ({ child: asked, device }) => [
          node(
            'sync',
            {},
            children(asked).map((collection) => sync(collection, device)),
          ),
        ],
      },
    ],
    version: (name) => get(name).version(),
    refused,
    close: stop,
  };
};
