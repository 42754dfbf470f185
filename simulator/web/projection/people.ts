import type { SimPerson } from '../../account/model.ts';
import type { PageAttributes } from '../contract.ts';
import { toWid } from './wids.ts';

/** A person as the page's contacts hold them: one contact for each identity that is known. */
export const pagePerson = (person: SimPerson): PageAttributes => ({
  pn: person.pn === null ? null : toWid(person.pn),
  lid: person.lid === null ? null : toWid(person.lid),
  name: person.bookName,
  pushname: person.pushName,
});
