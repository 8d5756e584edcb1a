/** All scenarios, by the ids that users pass to `lttng-sim`. */
import type { Scenario } from '../input/scenario.ts';
import { sn2 } from './contested-snapshots.ts';
import { n4, nf4 } from './datagrams.ts';
import { r1 } from './event-rules.ts';
import { r5 } from './event-sizes.ts';
import { FAULTY, pn1 } from './faults.ts';
import { g1 } from './group-change.ts';
import { n6, nf6 } from './hops.ts';
import { h1, h2, h3, h4, h5, h7 } from './hostile-processes.ts';
import { s5 } from './interrupted-recordings.ts';
import { kn1 } from './kernel.ts';
import { k2 } from './killed-consumers.ts';
import { k1 } from './killed-registry.ts';
import { l1 } from './large-sessions.ts';
import { d3, d4, d5 } from './lasting-shortage.ts';
import { h6 } from './lying-consumer.ts';
import { h9 } from './misused-pipe.ts';
import { v1, v2 } from './mixed-versions.ts';
import { n3, nf3 } from './moved-outputs.ts';
import { h11, h12 } from './neighbours.ts';
import { FAULTY_NETWORKS, n1, n2, nh1, nh2 } from './networks.ts';
import { d1, r4 } from './paced-recording.ts';
import { p1 } from './power-cut.ts';
import { QUIRKY } from './quirks.ts';
import { t2 } from './regenerated-metadata.ts';
import { a1, a2 } from './registry-changes.ts';
import { b1 } from './registry-limits.ts';
import { i1 } from './reused-ids.ts';
import { t1 } from './rotations.ts';
import { s2 } from './running-applications.ts';
import { sv1, sv2, sv3 } from './saved-sessions.ts';
import { h8 } from './set-user-id.ts';
import { c1, c2 } from './several-clients.ts';
import { r2, r3, r6 } from './several-terminals.ts';
import { u1, u2 } from './shared-buffers.ts';
import { s1 } from './single-user.ts';
import { sn1 } from './snapshots.ts';
import { h10 } from './swapped-directory.ts';
import { s3 } from './two-users.ts';
import { d2 } from './unwritten-changes.ts';
import { s4 } from './user-outside-the-group.ts';
import { n5, nf5 } from './viewers.ts';
import { w1 } from './wrapping-tracefiles.ts';

export const SCENARIOS: readonly Scenario[] = [
  s1,
  s2,
  s3,
  s4,
  s5,
  sn1,
  sn2,
  sv1,
  sv2,
  sv3,
  a1,
  a2,
  c1,
  c2,
  i1,
  k1,
  k2,
  kn1,
  r1,
  r2,
  r3,
  r4,
  d1,
  d2,
  d3,
  d4,
  d5,
  p1,
  r5,
  r6,
  t1,
  t2,
  w1,
  u1,
  u2,
  g1,
  h1,
  h2,
  h3,
  h4,
  h5,
  h6,
  h7,
  h8,
  h9,
  h10,
  h11,
  h12,
  b1,
  l1,
  ...QUIRKY,
  v1,
  v2,
  ...FAULTY,
  pn1,
  n1,
  n2,
  n3,
  nf3,
  n4,
  nf4,
  ...FAULTY_NETWORKS,
  n5,
  nf5,
  n6,
  nf6,
  nh1,
  nh2,
];

/** The scenario with this id, case-insensitive. */
export function scenarioNamed(name: string): Scenario | undefined {
  return SCENARIOS.find(({ id }) => id.toLowerCase() === name.toLowerCase());
}
