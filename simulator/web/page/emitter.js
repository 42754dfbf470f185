/** Events as the page's models raise them: several names in one string, `all` hears everything. */
export class Emitter {
  #listeners = new Map();

  on(names, listener) {
    for (const name of names.split(' ')) {
      this.#listeners.set(name, [...(this.#listeners.get(name) ?? []), listener]);
    }
    return this;
  }

  once(names, listener) {
    const only = (...args) => {
      this.off(names, only);
      listener(...args);
    };
    return this.on(names, only);
  }

  off(names, listener) {
    for (const name of names.split(' ')) {
      const left = (this.#listeners.get(name) ?? []).filter((other) => other !== listener);
      this.#listeners.set(name, listener === undefined ? [] : left);
    }
    return this;
  }

  trigger(name, ...args) {
    for (const listener of this.#listeners.get(name) ?? []) listener(...args);
  }

  listens(name) {
    return (this.#listeners.get(name) ?? []).length > 0;
  }
}
