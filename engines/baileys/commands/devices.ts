import { jidDecode } from '@whiskeysockets/baileys';
import type { CommandHandlers } from '#engines/contract/command.ts';
import { TandemError } from '#kernel/errors.ts';
import type { CommandDeps } from './deps.ts';
import { unlessAborted } from './upstream-error.ts';

export function devicesCommand({ session }: CommandDeps): Required<Pick<CommandHandlers, 'devices.list'>> {
  return {
    'devices.list': async (_input, signal) => {
      const sock = session.open();
      const { pn } = session.self();
      if (pn === null) throw new TandemError('NOT_AUTHENTICATED', { engine: 'baileys' });
      const own = jidDecode(sock.authState.creds.me?.id)?.device ?? 0;
      // Asked anew, and of all but this device: the library sends to those.
      const others = await unlessAborted(sock.getUSyncDevices([pn], false, false), signal);
      const numbers = [...new Set([own, ...others.map(({ device }) => device ?? 0)])].toSorted(
        (a, b) => a - b,
      );
      const devices = numbers.map((number) => ({ jid: pn, number, isSelf: number === own }));
      return { listed: true, count: devices.length, devices };
    },
  };
}
