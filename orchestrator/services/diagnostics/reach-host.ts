import { lookup } from 'node:dns/promises';
import { connect as connectTcp, isIP } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { MILLISECONDS_PER_SECOND } from '#kernel/limits.ts';

/** How far the way to a host leads. */
export type Reached =
  | {
      readonly ok: true;
      readonly tookMs: number /** The host's own clock, when it told. */;
      readonly dateMs: number | null;
    }
  | {
      readonly ok: false;
      readonly stage: 'dns' | 'tcp' | 'tls';
      /** System code such as ENOTFOUND, ECONNREFUSED, CERT_NOT_YET_VALID, or TIMEOUT. */
      readonly reason: string;
    };

export type ReachHost = (host: string, port: number) => Promise<Reached>;

/** A person waits for the answer, and three stages may each use it up. */
const STAGE_LIMIT_MS = 2 * MILLISECONDS_PER_SECOND;

/** Name, connection, certificate, and the clock of the other side: the order in which networks fail. Never throws. */
export const reachHost: ReachHost = async (host, port) => {
  const startedAt = performance.now();
  let stage: 'dns' | 'tcp' | 'tls' = 'dns';
  try {
    const { address } = await limited(lookup(host));
    stage = 'tcp';
    const socket = connectTcp({ host: address, port });
    let secure: TLSSocket | null = null;
    try {
      await limited(event(socket, 'connect'));
      stage = 'tls';
      // A bare address names nobody; the certificate is checked against it all the same.
      secure = connectTls({ socket, host, ...(isIP(host) === 0 ? { servername: host } : {}) });
      await limited(event(secure, 'secureConnect'));
      const tookMs = Math.round(performance.now() - startedAt);
      return { ok: true, tookMs, dateMs: await limited(askDate(secure, host)).catch(() => null) };
    } finally {
      secure?.destroy();
      socket.destroy();
    }
  } catch (thrown) {
    const reason = (thrown as NodeJS.ErrnoException).code ?? 'UNKNOWN';
    return { ok: false, stage, reason };
  }
};

function event(socket: ReturnType<typeof connectTcp>, name: 'connect' | 'secureConnect'): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once(name, () => resolve());
    // Stays: a socket that fails later, without a listener, would end the process.
    socket.on('error', reject);
  });
}

/** Every HTTP answer carries the date, whatever else it says. */
function askDate(socket: TLSSocket, host: string): Promise<number | null> {
  return new Promise((resolve, reject) => {
    let text = '';
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => {
      text += chunk;
      const date = /^date: (.+)$/im.exec(text)?.[1];
      if (date !== undefined) resolve(Date.parse(date) || null);
    });
    socket.once('end', () => resolve(null));
    socket.once('error', reject);
    socket.write(`HEAD / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
  });
}

async function limited<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(Object.assign(new Error('no answer in time'), { code: 'TIMEOUT' })),
      STAGE_LIMIT_MS,
    );
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
