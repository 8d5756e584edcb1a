/** All scenarios, by the names under which users find them. */
import type { Scenario } from '../input/scenario.ts';
import { i1 } from './again.ts';
import { r2, r3, r6 } from './busy.ts';
import { c1, c2 } from './c1.ts';
import { sn2 } from './contested.ts';
import { FAULTY, pn1 } from './faulty.ts';
import { k2 } from './forsaken.ts';
import { a1, a2 } from './found.ts';
import { d2 } from './full.ts';
import { h1, h2, h3, h4, h5, h7 } from './hostile.ts';
import { k1 } from './killed.ts';
import { l1 } from './large.ts';
import { h6 } from './liars.ts';
import { b1 } from './limits.ts';
import { p1 } from './power.ts';
import { QUIRKY } from './quirky.ts';
import { g1 } from './regrouped.ts';
import { r1 } from './rules.ts';
import { s1 } from './s1.ts';
import { s2 } from './s2.ts';
import { s3 } from './s3.ts';
import { s4 } from './s4.ts';
import { d1, r4, r5 } from './sizes.ts';
import { sn1 } from './sn1.ts';
import { v1, v2 } from './v1.ts';

export const SCENARIOS: readonly Scenario[] = [
  s1,
  s2,
  s3,
  s4,
  sn1,
  sn2,
  a1,
  a2,
  c1,
  c2,
  i1,
  k1,
  k2,
  r1,
  r2,
  r3,
  r4,
  d1,
  d2,
  p1,
  r5,
  r6,
  g1,
  h1,
  h2,
  h3,
  h4,
  h5,
  h6,
  h7,
  b1,
  l1,
  ...QUIRKY,
  v1,
  v2,
  ...FAULTY,
  pn1,
];

/** The scenario with this name, in any case. */
export function scenarioNamed(name: string): Scenario | undefined {
  return SCENARIOS.find(({ id }) => id.toLowerCase() === name.toLowerCase());
}
