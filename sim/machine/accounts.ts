/** The user database of a host. */
import { assert } from '../../src/base/assert.ts';

/** A user account; `groups` are the names of its supplementary groups. */
export interface UserSpec {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly string[];
}

/** Every machine has this user, even if its options do not list it. */
const ROOT_USER: UserSpec = { name: 'root', uid: 0, gid: 0, groups: [] };

export class Accounts {
  /** Sorted by uid; root is among them. */
  readonly users: readonly UserSpec[];
  /** Group ids by name. */
  readonly groups: Readonly<Record<string, number>>;

  constructor(users: readonly UserSpec[], groups: Readonly<Record<string, number>>) {
    const known = users.some(({ name }) => name === ROOT_USER.name) ? users : [ROOT_USER, ...users];
    this.users = [...known].sort((one, other) => one.uid - other.uid);
    this.groups = groups;
  }

  user(name: string): UserSpec {
    const user = this.users.find((candidate) => candidate.name === name);
    assert(user !== undefined, 'the user is known');
    return user;
  }

  groupIdsOf({ groups }: UserSpec): number[] {
    return groups.map((name) => {
      const id = this.groups[name];
      assert(id !== undefined, 'the groups of a user are known');
      return id;
    });
  }
}
