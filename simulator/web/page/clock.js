import { define } from './registry.js';

/** The page goes by the time of the server, whatever the machine says. */
let skewMs = 0;

export const setClock = (serverSeconds) => {
  skewMs = serverSeconds * 1_000 - Date.now();
};

export const nowSeconds = () => Math.floor((Date.now() + skewMs) / 1_000);

define('WATimeUtils', () => ({ unixTime: nowSeconds, unixTimeMs: () => nowSeconds() * 1_000 }));
