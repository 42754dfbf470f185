/** What a process needs to know to take the simulator for WhatsApp. */
export type ClientTarget = {
  readonly waUrl: string;
  readonly rootKeyHex: string;
  readonly mediaUrl: string;
  readonly caFile: string;
  readonly web: { readonly args: readonly string[] };
};

/** The environment variables that point Tandem at the simulator. */
export const clientEnvironment = (target: ClientTarget): Readonly<Record<string, string>> => ({
  TANDEM_UNSAFE_TEST_SERVER: '1',
  TANDEM_TEST_WA_URL: target.waUrl,
  TANDEM_TEST_WA_ROOT: target.rootKeyHex,
  TANDEM_TEST_MEDIA_URL: target.mediaUrl,
  NODE_EXTRA_CA_CERTS: target.caFile,
  TANDEM_WEBJS_ARGS: JSON.stringify(target.web.args),
  // Chromium refuses its sandbox to root.
  ...(process.getuid?.() === 0 ? { TANDEM_WEBJS_SANDBOX: 'off' } : {}),
});
