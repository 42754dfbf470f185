import { Emitter } from './emitter.js';

/** Attributes with events: `change:<name>` with value and value before, then `change`. They reach the collection. */
export class Model extends Emitter {
  constructor(attributes = {}) {
    super();
    this.attributes = {};
    this.collections = new Set();
    this.#take(attributes);
  }

  #take(attributes) {
    for (const [name, value] of Object.entries(attributes)) {
      this.attributes[name] = value;
      if (name in this) continue;
      // On the class, once: thousands of models share the accessors.
      Object.defineProperty(Object.getPrototypeOf(this), name, {
        get() {
          return this.attributes[name];
        },
        set(next) {
          this.set({ [name]: next });
        },
        configurable: true,
      });
    }
  }

  set(attributes) {
    const before = { ...this.attributes };
    const changed = Object.keys(attributes).filter((name) => attributes[name] !== before[name]);
    this.#take(attributes);
    for (const name of changed) this.trigger(`change:${name}`, this, attributes[name], before[name]);
    if (changed.length > 0) this.trigger('change', this);
    return this;
  }

  trigger(name, ...args) {
    super.trigger(name, ...args);
    for (const collection of this.collections) collection.trigger(name, ...args);
  }

  serialize() {
    return { ...this.attributes };
  }

  /** Listeners of clients pass whole models on. */
  toJSON() {
    return this.serialize();
  }

  unsafe() {
    return this;
  }
}
