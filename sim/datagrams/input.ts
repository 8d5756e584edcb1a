/** What happens in one exploration of the data path over UDP, drawn from a seed. */
import { Noise, type NoiseStream } from '../machine/core/noise.ts';
import type { DatagramFates } from '../machine/net/link.ts';

const STREAMS_MAX = 3;
const PACKETS_MAX = 24;
const EVENTS_MAX = 8000;
const PAUSE_MS_MAX = 60;
const LONG_PAUSE_MS_MAX = 2000;
const LAST_MS_MAX = 12_000;

/** A packet: it is offered so long after the one before. */
export interface DrawnPacket {
  readonly afterMs: number;
  readonly events: number;
  /** Events that were discarded before it. */
  readonly discarded: number;
}

/**
 * `at` and `forMs` in virtual milliseconds. `partition`: nothing passes, in one direction or both; `blackout`: no
 * datagram does, and the control connection works.
 */
export type Trouble =
  | {
      readonly kind: 'partition';
      readonly at: number;
      readonly forMs: number;
      readonly direction: 'both' | 'there' | 'back';
    }
  | { readonly kind: 'blackout'; readonly at: number; readonly forMs: number };

export interface DatagramInput {
  readonly seed: number;
  /** The packets of each stream. */
  readonly streams: readonly (readonly DrawnPacket[])[];
  readonly fates: DatagramFates;
  /** Undefined: unlimited. */
  readonly bytesPerSecond: number | undefined;
  readonly delayMs: number;
  readonly troubles: readonly Trouble[];
}

/** Mild loss with reorder and duplicates; heavy; a narrow or long link; partitions; a blackout that may last. */
const FAMILIES = ['mild', 'heavy', 'narrow', 'partition', 'blackout'] as const;
type Family = (typeof FAMILIES)[number];

export function drawDatagramInput(seed: number): DatagramInput {
  const stream = new Noise(seed, 'datagrams: ').stream('input');
  const family = FAMILIES[stream.below(FAMILIES.length)] ?? 'mild';
  const streams = Array.from({ length: 1 + stream.below(STREAMS_MAX) }, () =>
    drawPackets(stream, family),
  );
  return {
    seed,
    streams,
    fates: drawFates(stream, family === 'heavy' ? 250 : 60),
    bytesPerSecond: family === 'narrow' ? 50_000 + stream.below(1_000_000) : undefined,
    delayMs: family === 'narrow' || family === 'blackout' ? stream.below(100) : stream.below(3),
    troubles: drawTroubles(stream, family),
  };
}

/** After a blackout the last packet comes when earlier ones may have been given up. */
function drawPackets(stream: NoiseStream, family: Family): DrawnPacket[] {
  const packets = Array.from({ length: 1 + stream.below(PACKETS_MAX) }, () => ({
    afterMs: stream.oneIn(3) ? 0 : stream.below(stream.oneIn(5) ? LONG_PAUSE_MS_MAX : PAUSE_MS_MAX),
    events: stream.oneIn(3) ? stream.below(EVENTS_MAX) : stream.below(200),
    discarded: stream.oneIn(4) ? 1 + stream.below(9) : 0,
  }));
  const last = packets.pop();
  if (last === undefined) return [];
  return [
    ...packets,
    family === 'blackout' ? { ...last, afterMs: stream.below(LAST_MS_MAX) } : last,
  ];
}

function drawFates(stream: NoiseStream, most: number): DatagramFates {
  return {
    lost: stream.below(most),
    twice: stream.below(most),
    overtaken: stream.below(most),
  };
}

function drawTroubles(stream: NoiseStream, family: Family): Trouble[] {
  const at = stream.below(1000);
  if (family === 'blackout')
    return [{ kind: 'blackout', at, forMs: 1000 * (1 + stream.below(40)) }];
  if (family !== 'partition') return [];
  const direction = (['both', 'there', 'back'] as const)[stream.below(3)] ?? 'both';
  return [{ kind: 'partition', at, forMs: 100 + stream.below(4000), direction }];
}
