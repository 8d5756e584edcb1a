/** The scenarios of the RFC as properties: with every seed all laws hold. Also: every mark is exercised. */
import { expect, test } from 'vitest';
import type { Scenario } from '../../../sim/input/scenario.ts';
import { unseenIn } from '../../../sim/run/ensemble.ts';
import { sn2 } from '../../../sim/scenarios/contested-snapshots.ts';
import { r1 } from '../../../sim/scenarios/event-rules.ts';
import { r5 } from '../../../sim/scenarios/event-sizes.ts';
import { pn1 } from '../../../sim/scenarios/faults.ts';
import { g1 } from '../../../sim/scenarios/group-change.ts';
import { h1, h2, h3, h4, h5, h7 } from '../../../sim/scenarios/hostile-processes.ts';
import { kn1 } from '../../../sim/scenarios/kernel.ts';
import { k2 } from '../../../sim/scenarios/killed-consumers.ts';
import { k1 } from '../../../sim/scenarios/killed-registry.ts';
import { l1 } from '../../../sim/scenarios/large-sessions.ts';
import { h6 } from '../../../sim/scenarios/lying-consumer.ts';
import { h9 } from '../../../sim/scenarios/misused-pipe.ts';
import { v1, v2 } from '../../../sim/scenarios/mixed-versions.ts';
import { h11, h12 } from '../../../sim/scenarios/neighbours.ts';
import { d1, r4 } from '../../../sim/scenarios/paced-recording.ts';
import { p1 } from '../../../sim/scenarios/power-cut.ts';
import { t2 } from '../../../sim/scenarios/regenerated-metadata.ts';
import { a1, a2 } from '../../../sim/scenarios/registry-changes.ts';
import { b1 } from '../../../sim/scenarios/registry-limits.ts';
import { t1 } from '../../../sim/scenarios/rotations.ts';
import { s2 } from '../../../sim/scenarios/running-applications.ts';
import { sv1, sv2, sv3 } from '../../../sim/scenarios/saved-sessions.ts';
import { h8 } from '../../../sim/scenarios/set-user-id.ts';
import { c1, c2 } from '../../../sim/scenarios/several-clients.ts';
import { r2, r3, r6 } from '../../../sim/scenarios/several-terminals.ts';
import { u1, u2 } from '../../../sim/scenarios/shared-buffers.ts';
import { s1 } from '../../../sim/scenarios/single-user.ts';
import { sn1 } from '../../../sim/scenarios/snapshots.ts';
import { h10 } from '../../../sim/scenarios/swapped-directory.ts';
import { s3 } from '../../../sim/scenarios/two-users.ts';
import { d2 } from '../../../sim/scenarios/unwritten-changes.ts';
import { s4 } from '../../../sim/scenarios/user-outside-the-group.ts';
import { w1 } from '../../../sim/scenarios/wrapping-tracefiles.ts';
import { runSome } from '../../support/simulated/run-some.ts';

const RUNS = 120;
const FEW_RUNS = 40;
/** Number of runs of a scenario whose runs take longer than those of ten others. */
const LONG_RUNS = 15;

const held: readonly (readonly [string, Scenario, number])[] = [
  ['S1: a single user traces an application that lttng spawns', s1, RUNS],
  ['S2: a user traces applications that already run', s2, RUNS],
  ['S3: two users trace the same running applications', s3, RUNS],
  ['S4: a user outside the group', s4, RUNS],
  ['R1.23 SN1: snapshots, several at once, of what is recorded', sn1, RUNS],
  ['R1.23 SN2: snapshots with the same output', sn2, FEW_RUNS],
  ['SV1: saved sessions and the current one', sv1, RUNS],
  ['SV2: saved sessions outlive the machine', sv2, FEW_RUNS],
  ['SV3: saved sessions, kills and full disks', sv3, RUNS],
  ['C1: concurrent changes of sessions', c1, FEW_RUNS],
  ['C2: concurrent changes of sessions across kills of registries', c2, FEW_RUNS],
  ['K1: repeated kills of registries', k1, FEW_RUNS],
  ['R1.10, R1.16 A1: registries find applications', a1, FEW_RUNS],
  ['D2: a full disk', d2, FEW_RUNS],
  ['R1.23 PN1: snapshots outlive the machine', pn1, FEW_RUNS],
  ['K2: repeated kills of consumers', k2, FEW_RUNS],
  ['R1.24, R1.19 KN1: a recorded kernel, kills of consumers and the registry', kn1, FEW_RUNS],
  ['R1.7 A2: a registry ends while applications hang', a2, FEW_RUNS],
  ['R1, R2.8: rules', r1, FEW_RUNS],
  ['R2: terminals', r2, FEW_RUNS],
  ['R3: ends of a registry', r3, FEW_RUNS],
  ['R4: a slow pace', r4, FEW_RUNS],
  ['D1, R1.22: a disk refuses writes', d1, FEW_RUNS],
  ['P1: the power fails', p1, FEW_RUNS],
  ['R1.27 U1: programs of a user share buffers', u1, RUNS],
  ['R1.27 U2: snapshots of shared buffers', u2, FEW_RUNS],
  ['V1, R1.13: versions', v1, FEW_RUNS],
  ['V2, R1.13: an upgrade', v2, FEW_RUNS],
  ['R5: sizes and distances', r5, FEW_RUNS],
  ['R6: ends of a registry whose consumers are killed', r6, FEW_RUNS],
  ['T1: rotations', t1, FEW_RUNS],
  ['T2: the clock is set, and metadata is written anew', t2, RUNS],
  ['W1: wrapping tracefiles', w1, FEW_RUNS],
  ['G1, R1.3: another group', g1, FEW_RUNS],
  ['H1, R1.13 to R1.15: hostile peers', h1, FEW_RUNS],
  ['H2, R1.12: planted sockets', h2, FEW_RUNS],
  ['H3, R1.15, R1.20, R1.25: impostors', h3, FEW_RUNS],
  ['H4, R1.25: an impostor in place of a registry', h4, FEW_RUNS],
  ['H6, R1.19, R1.20: consumers that lie', h6, FEW_RUNS],
  ['B1: bounds of a registry', b1, LONG_RUNS],
  ['H7, R1.12, R1.14: false listeners on the application socket', h7, FEW_RUNS],
  ['H8: set-user-ID programs', h8, FEW_RUNS],
  ['H9, R1.16: a misused common pipe', h9, FEW_RUNS],
  ['H10, R1.20: a swapped output', h10, FEW_RUNS],
  ['H11, R1.7: reused ids of segments', h11, FEW_RUNS],
  ['H12, R1.15: made-up threads', h12, FEW_RUNS],
  ['L1: large sessions, greedy peers', l1, FEW_RUNS],
  ['H5, R1.3 to R1.6: sockets that are open to all', h5, FEW_RUNS],
];

test.each(held)('%s', { timeout: 240_000 }, (_title, scenario, numRuns) => {
  const tallies = runSome(scenario, numRuns);
  expect(unseenIn(tallies, [scenario])).toEqual([]);
  // The search for an order that explains all answers never reached its limit.
  expect(tallies[scenario.id]?.marks).not.toHaveProperty('order-undecided');
});
