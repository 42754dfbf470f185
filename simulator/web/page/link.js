import { Emitter } from './emitter.js';

/**
 * The one connection to the server. Calls without an answer stay open, over broken connections too; events of a
 * broken connection come when there is a new one.
 */
const FIRST_WAIT_MS = 50;
const LONGEST_WAIT_MS = 2_000;

const page = crypto.randomUUID();
const waiting = new Map();
const events = new Emitter();
let socket = null;
let nextId = 0;
let greeted = false;
let unsent = [];
let greeting = () => ({});
let wait = FIRST_WAIT_MS;

export const onEvent = (name, handle) => void events.on(name, handle);

const send = (message) => {
  if (greeted && socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
  else unsent.push(message);
};

/** Asks the server; rejects when it refuses. */
export const call = (method, params = {}) =>
  new Promise((resolve, reject) => {
    nextId += 1;
    waiting.set(nextId, { resolve, reject });
    send({ call: { id: nextId, method, params } });
  });

const answered = ({ id, result, error }) => {
  const open = waiting.get(id);
  waiting.delete(id);
  if (error === undefined) open?.resolve(result);
  else open?.reject(new Error(error));
};

const open = (resumed) => {
  socket = new WebSocket(`wss://${location.host}/ws`);
  socket.onopen = () => {
    wait = FIRST_WAIT_MS;
    socket.send(JSON.stringify({ hello: { page, resumed, ...greeting() } }));
  };
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(data);
    if (message.answer) return answered(message.answer);
    if (message.event === 'hello') {
      greeted = true;
      const late = unsent;
      unsent = [];
      for (const each of late) send(each);
    }
    events.trigger(message.event, message.data);
  };
  socket.onclose = () => {
    greeted = false;
    events.trigger('offline');
    setTimeout(() => open(true), wait);
    wait = Math.min(2 * wait, LONGEST_WAIT_MS);
  };
};

/** `makeGreeting` gives token and keys, anew for every connection. */
export const connect = (makeGreeting) => {
  greeting = makeGreeting;
  open(false);
  const close = () => {
    socket.onclose = null;
    socket.close();
    greeted = false;
  };
  /** Says hello once more, as somebody else. */
  const again = ({ resumed = false } = {}) => {
    close();
    open(resumed);
  };
  return { again, close };
};
