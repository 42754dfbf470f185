/**
 * The page's module system: `define` names a module, `window.require` makes it when somebody first asks. Clients
 * ask again at every call, and may replace what a module exports.
 */
const factories = new Map();
const made = new Map();
let missing = new Set(window.pageSettings.missingModules);

export const setMissing = (names) => {
  missing = new Set(names);
};

export const define = (name, factory) => {
  if (factories.has(name)) throw new Error(`module "${name}" is defined twice`);
  factories.set(name, factory);
};

export const requireModule = (name) => {
  if (missing.has(name) || !factories.has(name)) throw new Error(`Requiring unknown module "${name}"`);
  if (!made.has(name)) made.set(name, factories.get(name)());
  return made.get(name);
};

window.require = requireModule;
