import type { ServiceContext } from '../context.ts';
import { type Check, failed, passed } from './check.ts';
import { findPortHolder, portsOfProcess } from './port-holder.ts';

/** Who listens where. Only Linux tells; elsewhere, and in other containers, the holder stays unknown. */
export function checkPorts({ config, fleet, pageUrl, ownUrl = pageUrl }: ServiceContext): Check {
  const url = ownUrl();
  const listening = url !== '';
  const port = listening ? Number(new URL(url).port) : config.port;
  const holder = port === 0 ? null : findPortHolder(port);
  if (holder !== null && holder.pid !== process.pid) {
    return failed(
      'ports',
      listening ? 'error' : 'warning',
      `Port ${port} is held by ${holder.program} (pid ${holder.pid}).`,
      'Stop it, or choose another port with TANDEM_PORT.',
      'PORT_IN_USE',
    );
  }
  const service = listening ? `${port}: this service (pid ${process.pid})` : `${port}: free`;
  const engines = fleet.engines().flatMap(({ engine, status }) => {
    if (status === null) return [];
    if (status.pid === null) return [`engine ${engine} runs elsewhere`];
    const ports = status.pid === process.pid ? [] : portsOfProcess(status.pid);
    return [`${ports.join(' and ') || 'port not visible'}: engine ${engine} (pid ${status.pid})`];
  });
  return passed('ports', `${[service, ...engines].join('; ')}.`);
}
