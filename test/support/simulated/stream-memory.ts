/** A stream's memory on the simulated machine, as a registry creates it, and a tracer that records into it. */
import {
  STREAM_BYTES_PER_USER_MAX,
  STREAMS_PER_USER_MAX,
} from '../../../actors/sessiond/limits.ts';
import type { EffectEvent } from '../../../src/effects/contract/effects.ts';
import { createMemoryHandler } from '../../../src/effects/memory.ts';
import type { World } from '../../../src/port/world.ts';
import type { RingShape } from '../../../src/ring/layout.ts';
import { attachWriter } from '../../../src/ring/writer.ts';
import { Tracer } from '../../../src/tracer/tracer.ts';
import type { StreamGrant } from '../../../src/wire/app/messages.ts';
import type { ConsumerStream } from '../../../src/wire/control/messages.ts';
import { must } from '../ring/memory.ts';

/** One user owns application, registry and consumer. */
export function createStreamMemory(
  world: World,
  streamId: number,
  shape: RingShape,
  wakePath: string,
): StreamGrant {
  const { uid, gid } = world.identity;
  const owner = { uid, gid };
  const made: EffectEvent[] = [];
  const perform = createMemoryHandler(world, (_to, event) => void made.push(event), {
    streams: STREAMS_PER_USER_MAX,
    bytes: STREAM_BYTES_PER_USER_MAX,
  });
  const rights = { link: 'app', writer: owner, consumer: owner };
  perform({ type: 'memory.createStream', streamId, shape, wakePath, ...rights }, 'session');
  const [created] = made;
  if (created?.type !== 'memory.streamCreated') throw new Error('no memory');
  const { dataSegment, positionSegment } = created;
  return { streamId, dataSegment, positionSegment, shape, wakePath };
}

/** The stream as a registry describes it to a consumer, without timers by default. */
export function consumed(
  memory: StreamGrant,
  timers: { readTimerUs?: number; switchTimerUs?: number } = {},
): ConsumerStream {
  return {
    ...memory,
    channel: 'default',
    pid: 77,
    tid: 77,
    startedAt: 7,
    processName: 'shop',
    switchTimerUs: 0,
    readTimerUs: 0,
    ...timers,
  };
}

export function traceInto(world: World, { dataSegment, positionSegment }: StreamGrant): Tracer {
  const writer = attachWriter({
    data: must(world.memory.attachWritable(dataSegment)),
    position: must(world.memory.attachReadable(positionSegment)),
    now: (target, index) => {
      target[index] = world.clock.monotonicNs();
    },
  });
  const tracer = new Tracer();
  must(tracer.attachStream({ key: 's', writer: must(writer), matches: () => true }));
  return tracer;
}
