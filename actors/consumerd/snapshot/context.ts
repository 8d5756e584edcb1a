/** A snapshot's context, its invariants and its bound. */
import { assert } from '../../../src/base/assert.ts';
import type { Effect } from '../../../src/effects/contract/effects.ts';
import { actionsOf } from '../../../src/runtime/act.ts';
import type { RegistryCandidate } from '../../../src/wire/endpoints.ts';
import type { RegistryConnection } from '../../shared/registry-connection.ts';
import type { SnapshotEvent } from './events.ts';

export interface SnapshotInput {
  readonly registry: RegistryCandidate;
  readonly sessionUuid: string;
  /** The directory of the trace, absolute. */
  readonly output: string;
  /** Of all packets together; undefined: as many as there are. */
  readonly bytesMax?: number | undefined;
}

/** A snapshot connects once. */
export interface SnapshotContext extends SnapshotInput, RegistryConnection {
  /** Invariant: the first status of a failure stays. */
  readonly exitCode: number;
}

export function initialContext(input: SnapshotInput): SnapshotContext {
  return { connectionCount: 0, exitCode: 0, ...input };
}

export function assertInvariants(after: SnapshotContext, before: SnapshotContext): void {
  assert(after.connectionCount <= 1, 'inv:snapshot:connects-once');
  assert(
    before.exitCode === 0 || after.exitCode === before.exitCode,
    'inv:snapshot:first-failure-stays',
  );
}

export const snapshotActions = actionsOf<SnapshotContext, SnapshotEvent, Effect>();

/** How long the registry may take to name every stream. */
export const SNAPSHOT_JOIN_MS_MAX = 10_000;
