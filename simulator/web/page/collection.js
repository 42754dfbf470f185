import { Emitter } from './emitter.js';

const idOf = (id) => (typeof id === 'string' ? id : id.toString());

/** Models by id, in the order they came. `add` and `remove` events carry the model. */
export class Collection extends Emitter {
  constructor(modelClass) {
    super();
    this.modelClass = modelClass;
    this.models = new Map();
  }

  get length() {
    return this.models.size;
  }

  get(id) {
    return id === undefined || id === null ? undefined : this.models.get(idOf(id));
  }

  getModelsArray() {
    return [...this.models.values()];
  }

  serialize() {
    return this.getModelsArray().map((model) => model.serialize());
  }

  forEach(work) {
    this.getModelsArray().forEach(work);
  }

  map(work) {
    return this.getModelsArray().map(work);
  }

  filter(test) {
    return this.getModelsArray().filter(test);
  }

  /** The model that is there already wins. */
  add(model) {
    const id = idOf(model.id);
    const known = this.models.get(id);
    if (known) return known;
    this.models.set(id, model);
    model.collections.add(this);
    this.trigger('add', model);
    return model;
  }

  remove(model) {
    if (!this.models.delete(idOf(model.id))) return;
    this.trigger('remove', model);
    model.collections.delete(this);
  }

  async find(id) {
    const model = this.get(id);
    if (!model) throw new Error('not found');
    return model;
  }
}
