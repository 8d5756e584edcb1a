/**
 * Aimed faults: they hit a process during a short operation, or a process that another fault has hit already. Faults at
 * random times reach none of these cases in hundreds of runs.
 */
import type { Draw, PartDraw } from './draw.ts';
import {
  type Fault,
  type FaultScript,
  KILLED_UNDER,
  type KilledUnder,
  type Target,
} from './fault.ts';

/** One run in this many has no aimed faults. */
const NONE_ONE_IN = 3;
const AIMED_MIN = 3;
const AIMED_MAX = 5;
/** Approximate duration of a request, microseconds. */
const REQUEST_US = 120;
/** Approximate World calls until a registry serves, and until an application is registered. */
const STARTING_CALLS = 35;
/** More bytes than any packet has: the append is complete. */
const WHOLE = 1_000_000;

/** The interval of recording, milliseconds: from, to. */
export type Busy = readonly [number, number];

export function drawAimed(draws: Draw, busy: Busy): FaultScript {
  const whole = draws.of('aimed');
  if (whole.chance(NONE_ONE_IN)) return [];
  return Array.from({ length: whole.between(AIMED_MIN, AIMED_MAX) }, (_, index) =>
    aimed(draws.of(`aimed ${index}`), busy),
  ).flat();
}

function aimed(part: PartDraw, [from, to]: Busy): FaultScript {
  const at = part.between(from, to);
  const index = part.pick([0, 0, 0, 1]);
  const registry: Target = { program: 'lttng-sessiond', index };
  const consumer: Target = { program: 'ust-consumerd', index };
  switch (part.between(0, 10)) {
    case 0:
    case 1: {
      const op = part.pick<KilledUnder>(['session.destroy', ...KILLED_UNDER]);
      return [killUnder(part, op, 'registry')];
    }
    case 2:
      return [killUnder(part, 'session.destroy', 'consumer')];
    case 3:
    case 4: {
      const of: Target = { program: 'ust-consumerd', index: 0 };
      const bytes = part.pick([1, 100, WHOLE, WHOLE]);
      return [{ kind: 'torn-write', of, atAppend: part.between(1, 3), bytes }];
    }
    case 5:
      return [{ kind: 'disk-full', at, forMs: 100, leaving: part.between(1, 5000) }];
    case 6:
    case 7:
      return [{ kind: 'descriptors-full', of: registry, at: at - from, forMs: 200, leaving: 0 }];
    case 8:
      return [{ kind: 'kill', of: registry, atCall: part.between(1, STARTING_CALLS) }];
    case 9: {
      const of: Target = { program: 'application', index };
      return [{ kind: 'kill', of, atCall: part.between(1, STARTING_CALLS) }];
    }
    default:
      return twice(part, part.pick([registry, consumer]), at);
  }
}

function killUnder(part: PartDraw, op: KilledUnder, victim: 'registry' | 'consumer'): Fault {
  const nth = part.pick([1, 1, 1, 2]);
  return { kind: 'kill-under', victim, op, nth, afterUs: part.between(1, REQUEST_US) };
}

/** A fault hits the process, and then it is killed. */
function twice(part: PartDraw, of: Target, at: number): FaultScript {
  const first = part.pick<Fault>([
    { kind: 'pause', of, at, forMs: 100 },
    { kind: 'reset', of, at, connection: part.between(0, 5) },
    { kind: 'slow-reader', of, at, forMs: 100, connection: part.between(0, 5) },
    { kind: 'descriptors-full', of, at, forMs: 100, leaving: 1 },
  ]);
  return [first, { kind: 'kill-at-time', of, at: at + part.between(1, 10) }];
}
