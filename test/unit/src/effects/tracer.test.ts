/** The tracepoints that are described to registries, and the streams that their states attach. */
import { describe, expect, it } from 'vitest';
import { Simulation } from '../../../../sim/machine/simulation.ts';
import type { EffectEvent } from '../../../../src/effects/contract/effects.ts';
import { createTracerHandler } from '../../../../src/effects/tracer.ts';
import type { RingShape } from '../../../../src/ring/layout.ts';
import { Tracer } from '../../../../src/tracer/tracer.ts';
import { string, u32 } from '../../../../src/tracer/types.ts';
import type { StateMessage } from '../../../../src/wire/app/messages.ts';
import { LIST_ENTRIES_MAX } from '../../../../src/wire/limits.ts';
import { createStreamMemory } from '../../../support/simulated/stream-memory.ts';

const SHAPE: RingShape = { subbufferBytes: 4096, subbufferCount: 4, overwrite: false };
const UUID = '00000000-0000-4000-8000-000000000001';

function makeStage() {
  const simulation = new Simulation({
    seed: 1,
    users: [{ name: 'alice', uid: 1000, gid: 1000, groups: [] }],
    groups: {},
    programs: {},
  });
  const { world } = simulation.login('alice');
  const events: EffectEvent[] = [];
  const tracer = new Tracer();
  const { handle } = createTracerHandler(world, (_to, event) => void events.push(event), {
    tracer,
    now: (target, index) => {
      target[index] = world.clock.monotonicNs();
    },
    onSettled: () => undefined,
  });
  return {
    events,
    tracer,
    stream: createStreamMemory(world, 1, SHAPE, '/home/alice/wake'),
    apply: (state: StateMessage) =>
      handle({ type: 'tracer.apply', scope: 'user', state }, 'registration'),
    lose: () => handle({ type: 'tracer.detach', scope: 'user' }, 'registration'),
    describe: () => handle({ type: 'tracer.describe', scope: 'user' }, 'registration'),
  };
}

describe('tracer.apply', () => {
  it('has the rules of active sessions in force, and answers with the revision', () => {
    const { apply, events, stream, tracer } = makeStage();
    const tick = tracer.tracepoint('test:tick', { n: u32 });
    const rules = [{ pattern: '*', logLevelMax: 14 }];
    for (const [revision, active] of [true, false, true].entries()) {
      const channels = [{ name: 'default', stream, rules }];
      apply({ type: 'state', revision, sessions: [{ uuid: UUID, active, channels }] });
      expect(tick.enabled).toBe(active);
      expect(events.pop()).toEqual({
        type: 'tracer.applied',
        scope: 'user',
        revision,
        refused: [],
      });
    }
  });
});

describe('tracer.describe', () => {
  const namesIn = (events: readonly EffectEvent[]): string[][] =>
    events.map((event) =>
      event.type === 'tracer.described' ? event.defined.map(({ name }) => name) : [],
    );

  it('tells each registry every tracepoint once, in portions', () => {
    const { describe: ask, events, lose, tracer } = makeStage();
    const count = LIST_ENTRIES_MAX + 5;
    for (let n = 0; n < count; n++) tracer.tracepoint(`test:${n}`, { n: u32 });
    ask();
    expect(namesIn(events).map(({ length }) => length)).toEqual([LIST_ENTRIES_MAX, 5]);
    expect(namesIn(events).flat()).toEqual(Array.from({ length: count }, (_, n) => `test:${n}`));
    events.length = 0;
    ask();
    expect(events).toEqual([]);
    tracer.tracepoint('test:new', { text: string });
    ask();
    expect(events).toEqual([
      {
        type: 'tracer.described',
        scope: 'user',
        defined: [{ name: 'test:new', logLevel: 13, fields: 'text: string' }],
      },
    ]);
    lose();
    events.length = 0;
    ask();
    expect(namesIn(events).flat()).toHaveLength(count + 1);
  });

  it('makes portions small enough for a frame', () => {
    const { describe: ask, events, tracer } = makeStage();
    const wide = Object.fromEntries(
      Array.from({ length: 64 }, (_, n) => [`field_${n}_${'x'.repeat(200)}`, u32]),
    );
    for (let n = 0; n < 100; n++) tracer.tracepoint(`test:${n}`, wide);
    ask();
    for (const event of events) expect(JSON.stringify(event).length).toBeLessThan(128 * 1024);
    expect(namesIn(events).flat()).toHaveLength(100);
  });
});
