import { learnBlocked } from './blocklist.js';
import { Chat, learnChat, remember } from './chats.js';
import { setClock } from './clock.js';
import { learnPerson } from './contacts.js';
import { call, connect, onEvent } from './link.js';
import { setMe } from './me.js';
import { base64, profile } from './profile.js';
import { setMissing } from './registry.js';
import { Conn, Socket, showProgress } from './socket.js';
import { createWid } from './wid.js';

const settings = window.pageSettings;
const VERSION = settings.messageKeys === 'minified' ? '2.3000.1042501337' : '2.3000.1038112004';
const LISTENER_POLL_MS = 10;
// Clients that log out close the browser next; one that does not sees the page leave.
const OWN_LOGOUT_MS = 1_000;
const PROGRESS = [10, 60, 100];

let loaded = false;

const listened = async () => {
  while (!settings.syncsEarly && !Socket.listens('change:hasSynced')) {
    await new Promise((resolve) => setTimeout(resolve, LISTENER_POLL_MS));
  }
};

/** Chats and people in, then everybody hears that the page is ready. */
const load = async () => {
  const { me, now, people, blocked, chats } = await call('boot');
  setClock(now);
  setMe(me);
  Conn.set({ wid: createWid(me.pn), pushname: me.pushname });
  for (const person of people) learnPerson(person);
  for (const wid of blocked) learnBlocked(wid, true);
  for (const { chat: json, group, messages, broken } of chats) {
    const chat = learnChat(json, group);
    for (const message of messages) remember(chat, message);
    chat.broken = broken;
  }
  loaded = true;
  if (settings.neverReady) return;
  Socket.set({ state: 'CONNECTED', stream: 'CONNECTED' });
  await listened();
  for (const percent of PROGRESS) showProgress(percent);
  Socket.set({ hasSynced: true });
};

onEvent('hello', ({ linked, stale, forget }) => {
  if (stale) return location.reload();
  if (forget) void profile.forget();
  if (!linked) return;
  if (loaded && !settings.neverReady) Socket.set({ state: 'CONNECTED' });
  else if (!loaded) void load();
});

onEvent('linked', async ({ token }) => {
  await profile.remember(token);
  Socket.set({ state: 'OPENING' });
  connection.again();
});

onEvent('offline', () => {
  if (loaded && Socket.state === 'CONNECTED') Socket.set({ state: 'TIMEOUT' });
});

onEvent('state', ({ state }) => {
  // Another page has the session now; this one hears nothing until it takes over.
  if (state === 'CONFLICT') connection.close();
  Socket.set({ state });
});

Socket.takeover = () => {
  Socket.set({ state: 'OPENING' });
  connection.again({ resumed: true });
};

onEvent('settings', ({ missingModules, brokenChats }) => {
  setMissing(missingModules);
  for (const chat of Chat.getModelsArray()) chat.broken = brokenChats.includes(String(chat.id));
});

onEvent('logged_out', async ({ asked }) => {
  connection.close();
  await profile.forget();
  await new Promise((resolve) => setTimeout(resolve, asked ? OWN_LOGOUT_MS : 0));
  location.assign('/?post_logout=1&logout_reason=0');
});

onEvent('hang', ({ milliseconds }) => {
  const end = milliseconds === null ? Number.POSITIVE_INFINITY : Date.now() + milliseconds;
  while (Date.now() < end);
});

onEvent('iframe', ({ times }) => {
  for (let n = 0; n < times; n++) {
    const frame = document.createElement('iframe');
    frame.srcdoc = `<p>${n}</p>`;
    document.body.append(frame);
  }
});

onEvent('sync_again', () => {
  Socket.set({ hasSynced: false });
  Socket.set({ hasSynced: true });
});

onEvent('reload', () => location.reload());

const connection = connect(() => ({
  token: profile.token,
  keys: {
    staticKey: base64(profile.keys.staticKey),
    identityKey: base64(profile.keys.identityKey),
    advSecret: base64(profile.keys.advSecret),
  },
}));

const introduce = () => {
  window.Debug = settings.hidesVersion ? {} : { VERSION };
};

if (settings.syncsEarly && profile.token !== null) Socket.once('change:hasSynced', introduce);
else introduce();
