import { networkInterfaces } from 'node:os';
import type { ErrorCode } from '#kernel/errors.ts';
import { MILLISECONDS_PER_SECOND } from '#kernel/limits.ts';
import type { ServiceContext } from '../context.ts';
import { type Check, failed, passed } from './check.ts';
import type { Reached, ReachHost } from './reach-host.ts';

const HTTPS_PORT = 443;
/** Messages go through the first, files through the second. */
const HOSTS = { network_chat: 'web.whatsapp.com', network_media: 'mmg.whatsapp.net' } as const;
const SKEW_WARNING_SECONDS = 60;

const CODES: Readonly<Record<(Reached & { ok: false })['stage'], ErrorCode>> = {
  dns: 'CONNECTION_DNS_FAILED',
  tcp: 'CONNECTION_REJECTED',
  tls: 'CONNECTION_TLS_FAILED',
};
const STAGES = {
  dns: 'its name cannot be resolved',
  tcp: 'no connection comes about',
  tls: 'the connection cannot be secured',
} as const;
const REMEDIES = {
  dns: 'Check the network and its name server; in a container, set one with --dns.',
  tcp: 'Check firewall and VPN: the engine needs outgoing TCP to port 443.',
  tls: 'Check the clock of this machine, and whether a proxy on the way opens secure connections.',
} as const;

/** Being offline is a finding and no fault: everything stored can be read without a network. */
export async function checkNetwork({ config, clock }: ServiceContext, reach: ReachHost): Promise<Check[]> {
  if (config.testServer !== null)
    return [passed('network', 'Not looked at: another server stands in for WhatsApp.')];
  const hosts = Object.entries(HOSTS);
  const reached = await Promise.all(hosts.map(([, host]) => reach(host, HTTPS_PORT)));
  const checks = hosts.map(([id, host], at) => describe(id, host, reached[at]));
  const date = reached.find((one) => one.ok && one.dateMs !== null);
  if (date?.ok && date.dateMs !== null) checks.push(describeSkew(clock.now() - date.dateMs));
  return checks;
}

function describe(id: string, host: string, reached: Reached | undefined): Check {
  if (reached === undefined || reached.ok)
    return passed(id, `${host} answers in ${reached?.tookMs ?? 0} ms.`);
  const { stage, reason } = reached;
  return failed(id, 'warning', `${host}: ${STAGES[stage]} (${reason}).`, REMEDIES[stage], CODES[stage]);
}

function describeSkew(skewMs: number): Check {
  const seconds = Math.round(Math.abs(skewMs) / MILLISECONDS_PER_SECOND);
  const finding = `This clock is ${seconds} s ${skewMs < 0 ? 'behind' : 'ahead of'} that of WhatsApp.`;
  if (seconds < SKEW_WARNING_SECONDS) return passed('clock_skew', finding);
  const remedy = 'Turn on time synchronisation; linking fails with a wrong clock.';
  return failed('clock_skew', 'warning', finding, remedy);
}

const PROXY_SETTINGS = ['HTTPS_PROXY', 'HTTP_PROXY', 'ALL_PROXY'] as const;
/** Names that VPN programs give to their interfaces. macOS has `utun` ones without any VPN. */
const VPN = /^(?:tun|tap|wg|ppp|tailscale|zt|nordlynx|proton)/;

/** Hints only: neither is wrong by itself. The values may hold passwords and are not shown. */
export function checkProxy(): Check {
  const set = PROXY_SETTINGS.filter((name) => process.env[name] || process.env[name.toLowerCase()]);
  const tunnels = Object.keys(networkInterfaces()).filter((name) => VPN.test(name));
  const findings = [
    ...(set.length > 0
      ? [`${set.join(', ')} is set; the engine does not use it and connects directly.`]
      : []),
    ...(tunnels.length > 0
      ? [`A VPN seems to be on (${tunnels.join(', ')}); WhatsApp may refuse its addresses.`]
      : []),
  ];
  return passed('proxy', findings.length === 0 ? 'No proxy and no VPN found.' : findings.join(' '));
}
