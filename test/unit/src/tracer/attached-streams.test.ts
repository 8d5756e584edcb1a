/** The library's streams follow what a registry wants, on the simulated machine's memory and pipes. */
import { describe, expect, it } from 'vitest';
import { Simulation } from '../../../../sim/machine/simulation.ts';
import type { EventSelection } from '../../../../src/event/rule.ts';
import type { World } from '../../../../src/port/world.ts';
import type { RingShape } from '../../../../src/ring/layout.ts';
import { attachReader } from '../../../../src/ring/reader.ts';
import {
  AttachedStreams,
  type AttachedStreamsOptions,
  type StreamMemory,
  type WantedStream,
} from '../../../../src/tracer/attached-streams.ts';
import { Tracer } from '../../../../src/tracer/tracer.ts';
import { u32 } from '../../../../src/tracer/types.ts';
import { must } from '../../../support/ring/memory.ts';
import { createStreamMemory } from '../../../support/simulated/stream-memory.ts';

const SHAPE: RingShape = { subbufferBytes: 4096, subbufferCount: 4, overwrite: false };
const WAKE = '/home/alice/wake';
const UUID = '00000000-0000-4000-8000-000000000001';
/** A compact header and one u32. */
const EVENT_BYTES = 8;
const EVENTS_PER_SUBBUFFER = SHAPE.subbufferBytes / EVENT_BYTES;
const ALL = [{ pattern: '*', logLevelMax: 14 }];

function makeStage(options: Partial<AttachedStreamsOptions> = {}) {
  const simulation = new Simulation({
    seed: 1,
    users: [{ name: 'alice', uid: 1000, gid: 1000, groups: [] }],
    groups: {},
    programs: {},
  });
  const { world } = simulation.login('alice');
  const tracer = new Tracer();
  let attachments = 0;
  const counted: World = {
    ...world,
    memory: {
      ...world.memory,
      attachWritable: (id) => {
        attachments++;
        return world.memory.attachWritable(id);
      },
    },
  };
  const streams = new AttachedStreams(counted, {
    tracer,
    now: (target, index) => {
      target[index] = world.clock.monotonicNs();
    },
    ...options,
  });
  return {
    simulation,
    world,
    tracer,
    attachments: () => attachments,
    grant: (streamId: number) => createStreamMemory(world, streamId, SHAPE, WAKE),
    apply: (wanted: readonly WantedStream[], scope = 'user') => streams.apply(scope, wanted),
    lose: (scope = 'user') => streams.lose(scope),
    close: () => streams.close(),
    warnings: () => simulation.log.map(({ event, fields }) => ({ event, ...fields })),
  };
}

function wanted(memory: StreamMemory, rules: readonly EventSelection[] = ALL): WantedStream {
  return { sessionUuid: UUID, memory, rules };
}

/** Events of one u32 in a stream's first sub-buffer. */
function eventsIn(world: World, { dataSegment }: StreamMemory): number {
  const reader = must(attachReader(must(world.memory.attachReadable(dataSegment)), null));
  return (reader.next(true)?.body.length ?? 0) / EVENT_BYTES;
}

describe('the streams that a registry wants', () => {
  it('records what matches a rule by name and level', () => {
    const { apply, grant, tracer, world } = makeStage();
    const granted = grant(1);
    const early = tracer.tracepoint('shop:early', { n: u32 }, { logLevel: 'info' });
    apply([wanted(granted, [{ pattern: 'shop:*', logLevelMax: 6 }])]);
    const late = tracer.tracepoint('shop:late', { n: u32 }, { logLevel: 'err' });
    const detail = tracer.tracepoint('shop:detail', { n: u32 }, { logLevel: 'debug' });
    const other = tracer.tracepoint('bank:other', { n: u32 }, { logLevel: 'info' });
    expect([early, late, detail, other].map(({ enabled }) => enabled)).toEqual([
      true,
      true,
      false,
      false,
    ]);
    for (const tracepoint of [early, late, detail, other]) tracepoint({ n: 7 });
    expect(eventsIn(world, granted)).toBe(2);
  });

  it('keeps a stream attached that has no rules, and records nothing', () => {
    const { apply, attachments, grant, tracer, world } = makeStage();
    const granted = grant(1);
    const tick = tracer.tracepoint('test:tick', { n: u32 });
    for (const active of [true, false, true, true]) {
      apply([wanted(granted, active ? ALL : [])]);
      expect(tick.enabled).toBe(active);
      tick({ n: 1 });
    }
    expect(eventsIn(world, granted)).toBe(3);
    expect(attachments()).toBe(1);
  });

  it('changes the rules of a stream in place', () => {
    const { apply, attachments, grant, tracer } = makeStage();
    const granted = grant(1);
    const tick = tracer.tracepoint('test:tick', { n: u32 });
    apply([wanted(granted, [{ pattern: 'else', logLevelMax: 14 }])]);
    expect(tick.enabled).toBe(false);
    apply([wanted(granted, [{ pattern: 'test:tick', logLevelMax: 14 }])]);
    expect(tick.enabled).toBe(true);
    expect(attachments()).toBe(1);
  });

  it('detaches what a registry does not name, but nothing of the other registry', () => {
    const { apply, grant, tracer, world } = makeStage();
    const [mine, theirs] = [grant(1), grant(2)];
    const tick = tracer.tracepoint('test:tick', { n: u32 });
    apply([wanted(mine)], 'user');
    apply([wanted(theirs)], 'global');
    tick({ n: 1 });
    apply([], 'user');
    tick({ n: 2 });
    expect(eventsIn(world, mine)).toBe(1);
    expect(eventsIn(world, theirs)).toBe(2);
  });

  it('does not disable a tracepoint that goes from one stream to another', () => {
    const { apply, grant, tracer } = makeStage();
    const toggles: boolean[] = [];
    tracer.tracepoint(
      'test:tick',
      { n: u32 },
      { onToggle: ({ enabled }) => void toggles.push(enabled) },
    );
    apply([wanted(grant(1))]);
    apply([wanted(grant(2))]);
    expect(toggles).toEqual([true]);
    apply([]);
    expect(toggles).toEqual([true, false]);
  });

  it('leaves out a stream whose memory is not what was granted, and says why', () => {
    const { apply, grant, tracer, warnings, world } = makeStage();
    const good = grant(1);
    const other = grant(2);
    const removed = grant(3);
    world.memory.remove(removed.dataSegment);
    const tick = tracer.tracepoint('test:tick', { n: u32 });
    const bad: StreamMemory[] = [
      removed,
      { ...other, streamId: 4 },
      { ...other, shape: { ...SHAPE, subbufferCount: 2 } },
      { ...other, shape: { ...SHAPE, overwrite: true } },
      { ...other, positionSegment: removed.dataSegment },
      { ...other, dataSegment: other.positionSegment },
    ];
    for (const stream of bad) {
      const isGone = stream === removed || stream.positionSegment === removed.dataSegment;
      const code = isGone ? 'EIDRM' : 'EINVAL';
      // It tries again each time, and logs the first failure.
      for (let times = 0; times < 2; times++) {
        expect(apply([wanted(stream)])).toEqual([{ session: UUID, code }]);
        expect(tick.enabled).toBe(false);
      }
      apply([]);
    }
    expect(warnings().map(({ event }) => event)).toEqual(bad.map(() => 'tracer.streamRefused'));
    apply([wanted(good)]);
    expect(tick.enabled).toBe(true);
  });

  it('tells the patterns in force before they are', () => {
    const seen: (readonly string[])[] = [];
    const stage = makeStage({ onPatterns: (patterns) => void seen.push(patterns) });
    const granted = stage.grant(1);
    const rules = [
      { pattern: 'channel:a', logLevelMax: 14 },
      { pattern: 'b', logLevelMax: 3 },
    ];
    stage.apply([wanted(granted, rules)]);
    stage.apply([wanted(granted, [])]);
    expect(seen).toEqual([['channel:a', 'b'], []]);
  });
});

describe('a registry that is lost', () => {
  it('stops nothing, and its successor decides', () => {
    const { apply, attachments, grant, lose, tracer, world } = makeStage();
    const granted = grant(1);
    const tick = tracer.tracepoint('test:tick', { n: u32 });
    apply([wanted(granted)]);
    lose();
    tick({ n: 1 });
    expect(eventsIn(world, granted)).toBe(1);
    apply([wanted(granted)]);
    tick({ n: 2 });
    expect(eventsIn(world, granted)).toBe(2);
    expect(attachments()).toBe(1);
    apply([]);
    expect(tick.enabled).toBe(false);
  });

  it('takes the streams with it whose memory it removed', () => {
    const { apply, grant, lose, tracer, world } = makeStage();
    const granted = grant(1);
    const tick = tracer.tracepoint('test:tick', { n: u32 });
    apply([wanted(granted)]);
    world.memory.remove(granted.dataSegment);
    tick({ n: 1 });
    lose();
    expect(tick.enabled).toBe(false);
    tick({ n: 2 });
  });

  it('may have its memory removed while its registry is lost', () => {
    const { apply, grant, lose, tracer, world } = makeStage();
    const granted = grant(1);
    const tick = tracer.tracepoint('test:tick', { n: u32 });
    apply([wanted(granted)]);
    lose();
    expect(tick.enabled).toBe(true);
    world.memory.remove(granted.dataSegment);
    apply([wanted(granted)]);
    expect(tick.enabled).toBe(false);
  });
});

describe("the consumer's wake-up pipe", () => {
  it('gets one byte for each completed sub-buffer (R1.21)', () => {
    const { apply, grant, simulation, tracer, world } = makeStage();
    let bytes = 0;
    apply([wanted(grant(1))]);
    must(world.pipes.read(WAKE, (read) => (bytes += read.length)));
    const tick = tracer.tracepoint('test:tick', { n: u32 });
    for (let n = 0; n < 3 * EVENTS_PER_SUBBUFFER + 1; n++) tick({ n });
    simulation.run();
    expect(bytes).toBe(3);
  });

  it('may have no reader or be gone, and is written again when a reader opens it', () => {
    const { apply, grant, simulation, tracer, world } = makeStage();
    const granted = grant(1);
    apply([wanted(granted)]);
    const tick = tracer.tracepoint('test:tick', { n: u32 });
    const fill = (): void => {
      for (let n = 0; n < EVENTS_PER_SUBBUFFER; n++) tick({ n });
    };
    fill();
    tick({ n: 0 });
    let bytes = 0;
    const reading = must(world.pipes.read(WAKE, (read) => (bytes += read.length)));
    fill();
    simulation.run();
    expect(bytes).toBe(1);
    reading.close();
    world.files.remove(WAKE);
    fill();
    simulation.run();
    expect(bytes).toBe(1);
  });

  it('is written inside the shield of the host', () => {
    let shielded = 0;
    const stage = makeStage({
      shield: (call) => {
        shielded++;
        call();
      },
    });
    stage.apply([wanted(stage.grant(1))]);
    const tick = stage.tracer.tracepoint('test:tick', { n: u32 });
    for (let n = 0; n <= EVENTS_PER_SUBBUFFER; n++) tick({ n });
    expect(shielded).toBe(1);
  });
});

describe('close', () => {
  it('ends all recording', () => {
    const { apply, close, grant, tracer } = makeStage();
    const tick = tracer.tracepoint('test:tick', { n: u32 });
    apply([wanted(grant(1))], 'user');
    apply([wanted(grant(2))], 'global');
    close();
    expect(tick.enabled).toBe(false);
    tick({ n: 1 });
  });
});
