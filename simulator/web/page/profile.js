/**
 * What the browser profile keeps: keys made at the first start and, once linked, the token. In IndexedDB and strictly
 * flushed, so that a browser may be killed at any time after linking.
 */
const NAME = 'wawc';
const STORE = 'user';
const KEY_BYTES = 32;

const done = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

const openStore = () => {
  const request = indexedDB.open(NAME, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE);
  return done(request);
};

const database = openStore();

const write = async (key, value) => {
  const transaction = (await database).transaction(STORE, 'readwrite', { durability: 'strict' });
  transaction.objectStore(STORE).put(value, key);
  await new Promise((resolve, reject) => {
    transaction.oncomplete = resolve;
    transaction.onerror = () => reject(transaction.error);
  });
};

const read = async (key) => done((await database).transaction(STORE).objectStore(STORE).get(key));

const newKey = () => crypto.getRandomValues(new Uint8Array(KEY_BYTES));

const CHUNK_BYTES = 32_768;

export const base64 = (data) => {
  const bytes = new Uint8Array(data);
  let text = '';
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
    text += String.fromCharCode(...bytes.subarray(at, at + CHUNK_BYTES));
  }
  return btoa(text);
};

const newKeys = async () => {
  const keys = { staticKey: newKey(), identityKey: newKey(), advSecret: newKey() };
  await write('keys', keys);
  return keys;
};

export const profile = {
  keys: (await read('keys')) ?? (await newKeys()),
  token: (await read('token')) ?? null,
  async remember(token) {
    profile.token = token;
    await write('token', token);
  },
  async forget() {
    profile.token = null;
    await write('token', null);
    profile.keys = await newKeys();
  },
};
