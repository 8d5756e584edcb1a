/** Planted bugs of the ring: each makes a writer break a rule of `src/ring/layout.ts`; some order must reveal it. */
import {
  DESCRIPTOR_COMMITTED,
  DESCRIPTOR_DISCARDED_AT_CLOSE,
  DESCRIPTOR_EVENTS_BEFORE,
  DESCRIPTOR_SEQUENCE,
  DESCRIPTOR_TALLIES,
  descriptorOffset,
  OFFSET_CLASS_LOG_COMMITTED,
  OFFSET_DISCARDED,
  OFFSET_OPENED,
  TALLY_BYTES,
} from '../../src/ring/layout.ts';
import type { Plant } from './explore.ts';
import type { Store } from './stage.ts';

export interface RingBug {
  /** One line for people. */
  readonly title: string;
  readonly plant: Plant;
}

/** Whether the store is to this offset in either descriptor. */
function isTo(place: number): (store: Store) => boolean {
  return ({ offset }) => [0, 1].some((slot) => offset === descriptorOffset(slot) + place);
}

function isZero({ bytes }: Store): boolean {
  return bytes.every((byte) => byte === 0);
}

/** Omits some stores: they then store no bytes. */
function without(isMeant: (store: Store) => boolean): Plant {
  return (stores) =>
    stores.map((store) => (isMeant(store) ? { ...store, bytes: new Uint8Array(0) } : store));
}

/** Moves some stores `by` stores earlier. */
function early(isMeant: (store: Store) => boolean, by: number): Plant {
  return (stores) => {
    const moved = [...stores];
    for (const [index, store] of stores.entries()) {
      if (!isMeant(store)) continue;
      moved.splice(index, 1);
      moved.splice(Math.max(0, index - by), 0, store);
    }
    return moved;
  };
}

const isCommit = (store: Store): boolean => isTo(DESCRIPTOR_COMMITTED)(store) && !isZero(store);
const isInvalid = (store: Store): boolean => isTo(DESCRIPTOR_SEQUENCE)(store) && isZero(store);

export const RING_BUGS: Readonly<Record<string, RingBug>> = {
  'commit-early': {
    title: 'a record is committed before its bytes are there',
    plant: early(isCommit, 3),
  },
  'open-early': {
    title: 'a sub-buffer is open before its descriptor says what it is',
    plant: early(({ offset }) => offset === OFFSET_OPENED, 5),
  },
  'sequence-kept': {
    title: 'a slot that is being reused keeps its sequence',
    plant: without(isInvalid),
  },
  'one-tally': {
    title: 'both tallies go into one place',
    plant: (stores) =>
      stores.map(({ offset, bytes }) => {
        const second = isTo(DESCRIPTOR_TALLIES + TALLY_BYTES)({ offset, bytes });
        const half = isTo(DESCRIPTOR_TALLIES + TALLY_BYTES + 4)({ offset, bytes });
        return { offset: second || half ? offset - TALLY_BYTES : offset, bytes };
      }),
  },
  'class-early': {
    title: 'a class is committed before its description is there',
    plant: early(({ offset }) => offset === OFFSET_CLASS_LOG_COMMITTED, 2),
  },
  'discard-uncounted': {
    title: 'discarded events are not counted',
    plant: without(({ offset }) => offset === OFFSET_DISCARDED),
  },
  'close-silent': {
    title: 'a finished sub-buffer does not say what was discarded',
    plant: without(isTo(DESCRIPTOR_DISCARDED_AT_CLOSE)),
  },
  'before-silent': {
    title: 'a sub-buffer does not say how many events came before it',
    plant: without(isTo(DESCRIPTOR_EVENTS_BEFORE)),
  },
};
