// Plain JavaScript on purpose: an old Node must be able to read this far and say what is wrong,
// before it meets TypeScript it cannot parse.

/** The first release of each line that strips types without a flag. */
const MINIMUM = [22, 18];

/**
 * Ends the process with one clear line when this Node cannot run Tandem.
 * @param {string} version
 */
export function requireSupportedNode(version = process.versions.node) {
  if (isSupportedNode(version)) return;
  process.stderr.write(
    `NODE_TOO_OLD: Tandem needs Node ${MINIMUM.join('.')} or newer, this is ${version}. ` +
      'Run it through npm (`npm start`, `npx tandem …`), which brings its own Node 24, or install a newer Node.\n',
  );
  process.exit(1);
}

/** @param {string} version */
export function isSupportedNode(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > MINIMUM[0] || (major === MINIMUM[0] && minor >= MINIMUM[1]);
}
