/** What a snapshot knows, what must hold of it, and its bound. */
import { assert } from '../../../src/base/assert.ts';
import type { Effect } from '../../../src/effects/contract/effects.ts';
import { actionsOf } from '../../../src/runtime/act.ts';
import type { RegistryCandidate } from '../../../src/wire/endpoints.ts';
import type { RegistryConnection } from '../../shared/registry-connection.ts';
import type { SnapshotEvent } from './events.ts';

export interface SnapshotInput {
  readonly registry: RegistryCandidate;
  readonly sessionUuid: string;
  /** Absolute: the directory that the trace becomes. */
  readonly output: string;
}

/** It connects once. */
export interface SnapshotContext extends SnapshotInput, RegistryConnection {
  /** Invariant: once it is the status of a failure, it stays. */
  readonly exitCode: number;
}

export function initialContext(input: SnapshotInput): SnapshotContext {
  return { connectionCount: 0, exitCode: 0, ...input };
}

function assertInvariants(after: SnapshotContext, before: SnapshotContext): void {
  assert(after.connectionCount <= 1, 'inv:snapshot:connects-once');
  assert(
    before.exitCode === 0 || after.exitCode === before.exitCode,
    'inv:snapshot:first-failure-stays',
  );
}

export const snapshotActions = actionsOf<SnapshotContext, SnapshotEvent, Effect>(assertInvariants);

/** How long the registry may take until it has named every stream. */
export const SNAPSHOT_JOIN_MS_MAX = 10_000;
