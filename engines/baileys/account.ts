import { type AuthenticationCreds, jidNormalizedUser } from '@whiskeysockets/baileys';
import { clip } from '#engines/contract/kit/scalars.ts';
import type { Self } from '#engines/contract/kit/self.ts';
import type { EngineAccount } from '#engines/contract/state.ts';

export function selfOf({ me }: AuthenticationCreds): Self {
  return {
    pn: me?.id ? jidNormalizedUser(me.id) : null,
    lid: me?.lid ? jidNormalizedUser(me.lid) : null,
  };
}

export function accountOf(creds: AuthenticationCreds): EngineAccount {
  const name = creds.me?.name;
  return { ...selfOf(creds), pushName: name && name !== '~' ? clip(name, 200) : null };
}
