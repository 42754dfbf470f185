import { proto } from '@whiskeysockets/baileys';
import { addTo, emptyHash, removeFrom } from './lt-hash.ts';
import {
  type Mutation,
  Operation,
  openMutation,
  patchMacOf,
  type SyncdKeys,
  sealMutation,
  snapshotMacOf,
  VALUE_MAC_BYTES,
} from './syncd-cipher.ts';

export const COLLECTION_NAMES = [
  'critical_block',
  'critical_unblock_low',
  'regular_high',
  'regular_low',
  'regular',
] as const;
export type CollectionName = (typeof COLLECTION_NAMES)[number];

export const isCollectionName = (name: string): name is CollectionName =>
  COLLECTION_NAMES.some((known) => known === name);

/** `conflict`: somebody else was faster. `forged`: a MAC is wrong, or the key is not ours. */
export type PatchVerdict =
  | { readonly ok: true; readonly mutations: readonly Mutation[] }
  | { readonly ok: false; readonly reason: 'conflict' | 'forged' };

/** One collection of app state as the server keeps it: sealed records, a version, and the patches that led there. */
export interface Collection {
  readonly name: CollectionName;
  version(): number;
  /** Protobuf of the patches after `version`, oldest first. */
  patchesAfter(version: number): readonly Uint8Array[];
  /** Protobuf of everything at the version that `snapshotVersion` gives; newer patches follow it. */
  snapshot(): Uint8Array;
  snapshotVersion(): number;
  /** A change that the phone makes. */
  append(mutations: readonly Mutation[]): void;
  /** A patch from a device that believes the collection to be at `baseVersion`. */
  accept(patch: proto.ISyncdPatch, baseVersion: number): PatchVerdict;
}

interface State {
  readonly version: number;
  readonly hash: Buffer;
  readonly records: ReadonlyMap<string, proto.ISyncdRecord>;
}

/** As on the real server a snapshot is not made for every patch, so that both kinds of answer are met. */
const SNAPSHOT_EVERY_PATCHES = 8;

const valueMacIn = (record: proto.ISyncdRecord | null | undefined): Uint8Array =>
  (record?.value?.blob ?? new Uint8Array()).subarray(-VALUE_MAC_BYTES);

const applyTo = (state: State, mutations: readonly proto.ISyncdMutation[]): State => {
  const records = new Map(state.records);
  let { hash } = state;
  for (const { operation, record } of mutations) {
    if (!record) continue;
    const key = Buffer.from(record.index?.blob ?? []).toString('base64');
    const before = records.get(key);
    if (before !== undefined) hash = removeFrom(hash, valueMacIn(before));
    if (operation === Operation.REMOVE) records.delete(key);
    else {
      records.set(key, record);
      hash = addTo(hash, valueMacIn(record));
    }
  }
  return { version: state.version + 1, hash, records };
};

export const createCollection = (name: CollectionName, keys: SyncdKeys): Collection => {
  let state: State = { version: 0, hash: emptyHash(), records: new Map() };
  let kept = state;
  const patches: Uint8Array[] = [];

  const commit = (next: State, patch: proto.ISyncdPatch): void => {
    state = next;
    patches.push(proto.SyncdPatch.encode({ ...patch, version: { version: next.version } }).finish());
    if (kept.version === 0 || state.version - kept.version >= SNAPSHOT_EVERY_PATCHES) kept = state;
  };

  const macsOf = (next: State, mutations: readonly proto.ISyncdMutation[]) => {
    const snapshotMac = snapshotMacOf(keys, next.hash, next.version, name);
    const valueMacs = mutations.map((mutation) => valueMacIn(mutation.record));
    return { snapshotMac, patchMac: patchMacOf(keys, snapshotMac, valueMacs, next.version, name) };
  };

  return {
    name,
    version: () => state.version,
    patchesAfter: (version) => patches.slice(version),
    snapshotVersion: () => kept.version,
    snapshot: () =>
      proto.SyncdSnapshot.encode({
        version: { version: kept.version },
        records: [...kept.records.values()],
        mac: snapshotMacOf(keys, kept.hash, kept.version, name),
        keyId: { id: keys.id },
      }).finish(),
    append: (mutations) => {
      if (mutations.length === 0) return;
      const sealed = mutations.map((mutation) => sealMutation(keys, mutation));
      const next = applyTo(state, sealed);
      commit(next, { ...macsOf(next, sealed), mutations: sealed, keyId: { id: keys.id } });
    },
    accept: (patch, baseVersion) => {
      if (baseVersion !== state.version) return { ok: false, reason: 'conflict' };
      const sealed = patch.mutations ?? [];
      const opened = sealed.flatMap((mutation) => openMutation(keys, mutation) ?? []);
      const next = applyTo(state, sealed);
      const macs = macsOf(next, sealed);
      const genuine =
        opened.length === sealed.length &&
        sealed.length > 0 &&
        macs.snapshotMac.equals(patch.snapshotMac ?? new Uint8Array()) &&
        macs.patchMac.equals(patch.patchMac ?? new Uint8Array());
      if (!genuine) return { ok: false, reason: 'forged' };
      commit(next, patch);
      return { ok: true, mutations: opened };
    },
  };
};
