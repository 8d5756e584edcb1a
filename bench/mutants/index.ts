/** All mutants, in the order of the runs and of the report. */
import { BUFFERS } from './buffers.ts';
import { CONTEXT_MUTANTS } from './contexts.ts';
import { CONTINUED } from './continued.ts';
import { DATAGRAMS } from './datagrams.ts';
import { HOPS } from './hops.ts';
import { KERNEL } from './kernel.ts';
import { KERNEL_PART_MUTANTS } from './kernel-parts.ts';
import type { Mutant } from './mutant.ts';
import { PART_MUTANTS } from './parts.ts';
import { PEERS } from './peers.ts';
import { REGENERATIONS } from './regenerations.ts';
import { REGISTRY_SIDE } from './registry.ts';
import { RELAYS } from './relays.ts';
import { ROTATIONS } from './rotations.ts';
import { RULES } from './rules.ts';
import { SAVED_MUTANTS } from './saved.ts';
import { SESSIONS } from './session.ts';
import { SHARED_MUTANTS } from './shared.ts';
import { SNAPSHOTS } from './snapshots.ts';
import { TRACEFILES } from './tracefiles.ts';
import { TRACKER_MUTANTS } from './trackers.ts';

export const MUTANTS: readonly Mutant[] = [
  ...BUFFERS,
  ...PEERS,
  ...REGISTRY_SIDE,
  ...SESSIONS,
  ...RULES,
  ...CONTEXT_MUTANTS,
  ...TRACKER_MUTANTS,
  ...CONTINUED,
  ...DATAGRAMS,
  ...RELAYS,
  ...HOPS,
  ...ROTATIONS,
  ...SNAPSHOTS,
  ...TRACEFILES,
  ...SAVED_MUTANTS,
  ...PART_MUTANTS,
  ...SHARED_MUTANTS,
  ...KERNEL,
  ...REGENERATIONS,
  ...KERNEL_PART_MUTANTS,
];
