import type { AccountEvent, PersonKey, World } from './model.ts';
import type { AccountState } from './state.ts';

/** What the account's actions share. */
export interface AccountCore {
  readonly state: AccountState;
  readonly world: World;
  readonly blocked: Set<PersonKey>;
  emit(event: AccountEvent): void;
}
