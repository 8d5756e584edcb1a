/**
 * Planted bugs: each simulates a possible defect of our programs with a World that misbehaves for one of them. They
 * prove that the oracles detect defects: a law that no bug breaks proves nothing.
 */
import { APPLICATION_BUGS } from './applications.ts';
import { COMMAND_BUGS } from './commands.ts';
import { CONSUMER_BUGS } from './consumers.ts';
import type { Bug } from './lenses.ts';
import { REGISTRY_BUGS } from './registries.ts';
import { RELAY_BUGS } from './relays.ts';

export type { Bug } from './lenses.ts';

export const BUGS: Readonly<Record<string, Bug>> = {
  ...APPLICATION_BUGS,
  ...COMMAND_BUGS,
  ...CONSUMER_BUGS,
  ...REGISTRY_BUGS,
  ...RELAY_BUGS,
};
