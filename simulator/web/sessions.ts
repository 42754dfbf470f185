import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { z } from 'zod';
import type { PageMethods } from './contract.ts';
import {
  type CallContext,
  NO_ANSWER,
  type PageLink,
  PageRefusal,
  type WebCore,
  type WebDevice,
} from './contract.ts';
import type { WebDevices } from './devices.ts';
import type { Candidate, WebPairing } from './pairing.ts';

const keys = z.object({ staticKey: z.string(), identityKey: z.string(), advSecret: z.string() });
const hello = z.object({ page: z.string(), token: z.string().nullable(), resumed: z.boolean(), keys });
const call = z.object({ id: z.number(), method: z.string(), params: z.unknown() });
const frame = z.union([z.object({ hello }), z.object({ call })]);

type Call = z.infer<typeof call>;
type Hello = z.infer<typeof hello>;

/** A page of a linked browser, and what waits for it while its connection is broken. */
type Session = {
  readonly page: string;
  readonly link: PageLink;
  socket: WebSocket | null;
  waiting: string[];
  away: NodeJS.Timeout | undefined;
};

export type Sessions = {
  readonly accept: (socket: WebSocket) => void;
  readonly links: () => readonly PageLink[];
  readonly logOut: (device: WebDevice, asked: boolean) => void;
};

// A page that stays away longer than this has been closed.
const MAX_WAITING = 5_000;
const MAX_AWAY_MS = 30_000;

const paramsSchema = z.object({ chat: z.string().optional() });

export type SessionDeps = {
  readonly core: Pick<WebCore, 'log' | 'faults'>;
  readonly devices: WebDevices;
  readonly pairing: WebPairing;
  readonly methods: () => PageMethods;
};

/** Serves the sockets of pages: hello, calls, events. */
export const createSessions = ({ core, devices, pairing, methods }: SessionDeps): Sessions => {
  const sessions = new Map<number, Session>();

  const write = (socket: WebSocket, message: unknown): void => {
    if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
  };

  const answer = async ({ id, method: name, params }: Call, context: CallContext): Promise<unknown> => {
    const method = methods()[name];
    const { chat } = paramsSchema.safeParse(params).data ?? {};
    core.log.add({ call: name, device: context.device.id, chat: chat ?? null, params, timeMs: Date.now() });
    if (!method) return { answer: { id, error: `no method ${name}` } };
    if (core.faults.answerDelayMs > 0) await sleep(core.faults.answerDelayMs);
    try {
      const result = await method(params, context);
      return result === NO_ANSWER ? null : { answer: { id, result: result ?? null } };
    } catch (error) {
      const message = error instanceof PageRefusal ? error.message : `simulator: ${String(error)}`;
      return { answer: { id, error: message } };
    }
  };

  const openSession = (page: string, device: WebDevice): Session => {
    const session: Session = {
      page,
      socket: null,
      waiting: [],
      away: undefined,
      link: {
        device,
        tell: (event, data) => {
          const { socket } = session;
          if (socket?.readyState === WebSocket.OPEN) write(socket, { event, data });
          else if (session.waiting.push(JSON.stringify({ event, data })) > MAX_WAITING)
            sessions.delete(device.id);
        },
        isOpen: () => session.socket?.readyState === WebSocket.OPEN,
        drop: () => session.socket?.terminate(),
      },
    };
    sessions.set(device.id, session);
    return session;
  };

  const forget = (device: WebDevice, session: Session): void => {
    if (sessions.get(device.id) === session) sessions.delete(device.id);
  };

  /** Gives a linked page its session, the old one when it comes back. False: it must load itself again. */
  const enter = (socket: WebSocket, { page, resumed }: Hello, device: WebDevice): Session | null => {
    const known = sessions.get(device.id);
    if (known && known.page !== page) {
      known.link.tell('state', { state: 'CONFLICT' });
      known.socket?.close();
    }
    if (resumed && known?.page !== page) return null;
    const session = known?.page === page ? known : openSession(page, device);
    session.socket = socket;
    clearTimeout(session.away);
    devices.open(device, {
      isOpen: session.link.isOpen,
      drop: session.link.drop,
      end: (reason) => {
        if (reason === 'replaced') session.link.tell('state', { state: 'CONFLICT' });
        session.socket?.close();
      },
    });
    socket.on('close', () => {
      if (session.socket !== socket) return;
      session.socket = null;
      session.away = setTimeout(() => forget(device, session), MAX_AWAY_MS);
      session.away.unref();
      devices.closed(device);
    });
    return session;
  };

  const greet = (socket: WebSocket, greeting: Hello): ((request: Call) => void) => {
    const device = greeting.token === null ? null : devices.byToken(greeting.token);
    if (device) {
      const session = enter(socket, greeting, device);
      write(socket, { event: 'hello', data: { linked: true, stale: session === null } });
      if (!session) return () => undefined;
      const waiting = session.waiting.splice(0);
      for (const text of waiting) socket.send(text);
      const context = { link: session.link, device };
      return (request) =>
        void answer(request, context).then((message) => {
          // The page may have a new connection by now, and the answer belongs to the page.
          if (message !== null && session.socket) write(session.socket, message);
        });
    }
    const candidate: Candidate = {
      keys: greeting.keys,
      tell: (event, data) => write(socket, { event, data }),
      linked: ({ token }) => write(socket, { event: 'linked', data: { token } }),
    };
    write(socket, { event: 'hello', data: { linked: false, forget: greeting.token !== null } });
    socket.on('close', pairing.offer(candidate));
    return ({ id, method, params }) => {
      if (method === 'refresh_ref') pairing.refresh(candidate);
      const { phone } = z.object({ phone: z.string().optional() }).parse(params ?? {});
      const result = method === 'request_code' && phone ? pairing.requestCode(candidate, phone) : null;
      write(socket, { answer: { id, result } });
    };
  };

  return {
    accept: (socket) => {
      let onCall: ((request: Call) => void) | null = null;
      socket.on('error', () => socket.terminate());
      socket.on('message', (data: Buffer) => {
        const message = frame.parse(JSON.parse(data.toString()));
        if ('hello' in message) onCall = greet(socket, message.hello);
        else onCall?.(message.call);
      });
    },
    links: () => [...sessions.values()].map(({ link }) => link),
    logOut: (device, asked) => {
      const session = sessions.get(device.id);
      session?.link.tell('logged_out', { asked });
      sessions.delete(device.id);
    },
  };
};
