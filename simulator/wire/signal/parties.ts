import type { Companion } from '../devices.ts';
import type { SignalBundle } from '../signal-bundle.ts';
import { createParty, type Party } from './party.ts';

/** The phone and, made when first needed, the phones of the contacts. */
export type Parties = {
  readonly phone: Party;
  /** By any stable key of the person. */
  readonly contact: (person: string) => Party;
  readonly all: () => readonly Party[];
  readonly close: () => void;
};

export const createParties = (): Parties => {
  const phone = createParty();
  const contacts = new Map<string, Party>();
  return {
    phone,
    contact: (person) => {
      const known = contacts.get(person);
      if (known) return known;
      const party = createParty();
      contacts.set(person, party);
      return party;
    },
    all: () => [phone, ...contacts.values()],
    close: () => {
      phone.close();
      for (const party of contacts.values()) party.close();
    },
  };
};

/** What the server hands to somebody who wants to write to the companion; uses up a one-time key. */
export const takeCompanionBundle = (companion: Companion): SignalBundle => ({
  registrationId: companion.registration.registrationId,
  identityKey: companion.registration.identityKey,
  signedPreKey: companion.signedPreKey(),
  preKey: companion.takePreKey(),
});
