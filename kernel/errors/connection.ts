import { entry } from './entry.ts';

/** Engines and their connection to WhatsApp. */
export const connection = {
  NOT_CONNECTED: entry(
    503,
    true,
    'The engine is linked but not connected to WhatsApp now.',
    'Wait for the automatic reconnection, then try again.',
  ),
  CONNECTION_LOST: entry(
    503,
    true,
    'The connection to WhatsApp was lost while the request was under way.',
    'The engine reconnects by itself; try again.',
  ),
  CONNECTION_DNS_FAILED: entry(
    502,
    true,
    'The name of a WhatsApp host cannot be resolved.',
    'Check the network and its name server; in a container, set one with --dns.',
  ),
  CONNECTION_TLS_FAILED: entry(
    502,
    false,
    'No secure connection to a WhatsApp host can be made.',
    'Check the clock of this machine, and whether a proxy on the way opens secure connections.',
  ),
  CONNECTION_REJECTED: entry(
    502,
    true,
    'WhatsApp rejected the connection.',
    'Wait some minutes; check VPN, proxy and clock if it lasts.',
  ),
  CLIENT_OUTDATED: entry(502, false, 'WhatsApp refuses this client version.', 'Update Tandem.'),
  ENGINE_STARTING: entry(503, true, 'The engine is still starting.', 'Try again in some seconds.'),
  ENGINE_START_FAILED: entry(
    500,
    true,
    'The engine process could not be started.',
    'Run `tandem doctor`; the details name the stage that failed.',
  ),
  ENGINE_UNREACHABLE: entry(
    503,
    true,
    'The engine process does not answer.',
    'It is restarted by itself; try again in some seconds.',
  ),
  NO_HEALTHY_ENGINE: entry(
    503,
    true,
    'No engine can serve this request now.',
    'See the reason for each engine in the details, or call backend_status.',
  ),
  CAPABILITY_UNAVAILABLE: entry(
    501,
    false,
    'No configured engine offers this capability.',
    'The details name the engines that could; enable one of them.',
  ),
  ENGINE_TIMEOUT: entry(504, true, 'The engine did not answer in time.', 'Reads can be repeated at once.'),
  ENGINE_PROTOCOL: entry(
    502,
    false,
    'The engine sent something that does not fit the contract.',
    'Both processes must be of the same Tandem version; restart the service.',
  ),
  ENGINE_SECRET_WRONG: entry(
    502,
    false,
    'The engine does not accept the secret of this service.',
    'Give the service and the engine the same TANDEM_ENGINE_SECRET_FILE, and restart the one that had another; the service tries again every minute.',
  ),
  WHATSAPP_API_ERROR: entry(
    502,
    true,
    'WhatsApp answered with an error.',
    'The upstream code is in the details; wait before repeating.',
  ),
  PHONE_OFFLINE: entry(
    503,
    true,
    'The phone did not answer; it serves older history itself.',
    'Open WhatsApp on the phone, keep it online, and try again.',
  ),
  DELIVERY_UNKNOWN: entry(
    504,
    false,
    'The message may or may not have been sent.',
    'Look into the chat before sending it again; do not repeat blindly.',
  ),
  RECOVERY_IN_PROGRESS: entry(
    409,
    true,
    'This engine is being recovered already.',
    'Wait for the recovery under way; backend_status shows it.',
  ),
  COOLDOWN_ACTIVE: entry(
    409,
    true,
    'This engine was recovered a moment ago.',
    'Wait for the time given before the next attempt.',
  ),
  BROWSER_MISSING: entry(
    500,
    false,
    'No browser was found for the webjs engine.',
    'Run `npx tandem doctor --get-browser`, install Chromium or Chrome, or set TANDEM_WEBJS_EXECUTABLE to one; until then the other engine serves alone.',
  ),
  SEND_FAILED: entry(
    502,
    false,
    'WhatsApp did not accept the message.',
    'The upstream code is in the details; the message was not delivered.',
  ),
} as const;
