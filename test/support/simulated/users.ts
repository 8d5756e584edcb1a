/** Users, groups and small helpers for the tests of the simulated machine. */
import type { UserSpec } from '../../../sim/machine/simulation.ts';

export const GROUPS = { root: 0, alice: 1001, bob: 1002, carol: 1003, tracing: 2000 };

/** alice and carol belong to `tracing`; bob does not. */
export const USERS: readonly UserSpec[] = [
  { name: 'alice', uid: 1001, gid: 1001, groups: ['tracing'] },
  { name: 'bob', uid: 1002, gid: 1002, groups: [] },
  { name: 'carol', uid: 1003, gid: 1003, groups: ['tracing'] },
];

export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
