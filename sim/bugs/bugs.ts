/**
 * Planted bugs: each is a way in which our programs could go wrong, made by a World that lies to one of them. They
 * prove that the oracles see: a law that no bug breaks watches nothing.
 */
import { APPLICATION_BUGS } from './applications.ts';
import { CONSUMER_BUGS } from './consumers.ts';
import type { Bug } from './lenses.ts';
import { REGISTRY_BUGS } from './registries.ts';

export type { Bug } from './lenses.ts';

export const BUGS: Readonly<Record<string, Bug>> = {
  ...APPLICATION_BUGS,
  ...CONSUMER_BUGS,
  ...REGISTRY_BUGS,
};
