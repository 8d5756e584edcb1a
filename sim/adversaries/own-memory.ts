/** A program that has shared memory of its own, which no other program may touch. */
import type { SegmentRef } from '../../src/port/shared-memory.ts';
import type { World } from '../../src/port/world.ts';
import type { AdversaryAccount } from '../ledger/ledger.ts';

const BYTES = 4096;
/** Between two segments: ids become free meanwhile. */
const PAUSE_MS = 1;

/** Makes the segments. The returned function checks that all are still there, and removes them. */
export function keepOwnMemory(
  { clock, identity, memory }: World,
  segments: number,
  account: AdversaryAccount,
): () => void {
  const { uid, gid } = identity;
  const own: SegmentRef[] = [];
  const make = (): void => {
    const made = memory.create(BYTES, { uid, gid, mode: 0o600 });
    if (made.ok) own.push(made.value);
    if (own.length < segments) clock.setTimer(PAUSE_MS, make);
  };
  make();
  return () => {
    for (const segment of own) if (!memory.remove(segment).ok) account.heard.push('gone');
  };
}
