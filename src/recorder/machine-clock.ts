/** The machine's trace clock as traces describe it: its offset from real time, and its identity. */
import { decodeUtf8 } from '../base/utf8.ts';
import { isUuid } from '../base/uuid.ts';
import { readFully } from '../port/read-fully.ts';
import type { World } from '../port/world.ts';

/** Names the boot of the machine; monotonic times of different boots cannot be compared (Linux, proc(5)). */
const BOOT_ID_PATH = '/proc/sys/kernel/random/boot_id';
const UUID_CHARACTERS = 36;
const SAMPLES = 5;

export interface MachineClock {
  /** CLOCK_REALTIME minus CLOCK_MONOTONIC, nanoseconds. */
  readonly offsetNs: bigint;
  readonly uuid: string;
}

export function machineClock(world: Pick<World, 'clock' | 'files' | 'random'>): MachineClock {
  return { offsetNs: clockOffset(world.clock), uuid: bootId(world) ?? world.random.uuid('clock') };
}

/** The sample with the least time between the two readings of the monotonic clock. */
function clockOffset(clock: World['clock']): bigint {
  let best: { span: bigint; offset: bigint } | undefined;
  for (let sample = 0; sample < SAMPLES; sample++) {
    const before = clock.monotonicNs();
    const realtime = clock.realtimeNs();
    const span = clock.monotonicNs() - before;
    if (best === undefined || span < best.span)
      best = { span, offset: realtime - before - span / 2n };
  }
  return best?.offset ?? 0n;
}

/** Undefined when the kernel does not provide it. */
function bootId(world: Pick<World, 'files'>): string | undefined {
  const file = world.files.open(BOOT_ID_PATH, 'read');
  if (!file.ok) return undefined;
  const bytes = new Uint8Array(UUID_CHARACTERS);
  const count = readFully(file.value, bytes, 0);
  file.value.close();
  if (!count.ok || count.value !== UUID_CHARACTERS) return undefined;
  const text = decodeUtf8(bytes);
  return isUuid(text) ? text : undefined;
}
