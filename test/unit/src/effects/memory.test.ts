/** The memory of streams: what a user may have of it, and what the next registry removes of a dead one's (R1.7). */
import { describe, expect, it } from 'vitest';
import { Simulation } from '../../../../sim/machine/simulation.ts';
import type { EffectEvent } from '../../../../src/effects/contract/effects.ts';
import type { KnownStream, MemoryEffect } from '../../../../src/effects/contract/memory.ts';
import { createMemoryHandler } from '../../../../src/effects/memory.ts';
import { markCreator } from '../../../../src/ring/format.ts';
import { POSITION_SEGMENT_BYTES, segmentBytes } from '../../../../src/ring/layout.ts';
import { must } from '../../../support/ring/memory.ts';

const SHAPE = { subbufferBytes: 4096, subbufferCount: 2, overwrite: false };
const STREAM_BYTES = segmentBytes(SHAPE) + POSITION_SEGMENT_BYTES;
const ALICE = { uid: 1001, gid: 1001 };
const BOB = { uid: 1002, gid: 1002 };
const PIPES = { directory: '/run', prefix: 'wake-', paths: [], passagePrefix: 'link-' };
/** Of a registry that made nothing. */
const OTHER_MARK = '123456789abc';

class Machine {
  readonly simulation = new Simulation({
    seed: 1,
    users: [{ name: 'alice', ...ALICE, groups: [] }],
    groups: { root: 0, alice: 1001 },
    programs: {},
  });

  /** A registry of root, with a share for each user. */
  registry(share: { streams?: number; bytes?: number } = {}) {
    const { world } = this.simulation.login('root');
    const answers: EffectEvent[] = [];
    const handle = createMemoryHandler(world, (_to, event) => void answers.push(event), {
      streams: 100,
      bytes: 100 * STREAM_BYTES,
      ...share,
    });
    const perform = (effect: MemoryEffect): EffectEvent | undefined => {
      handle(effect, 'session');
      return answers.pop();
    };
    const sweep = (
      creators: readonly string[],
      streams: readonly KnownStream[] = [],
      isWhole = true,
    ) => {
      const swept = perform({ type: 'memory.sweep', creators, streams, pipes: PIPES, isWhole });
      if (swept?.type !== 'memory.swept') throw new Error('not swept');
      return swept;
    };
    const create = (streamId: number, writer = ALICE) =>
      perform({
        type: 'memory.createStream',
        streamId,
        link: 'app',
        shape: SHAPE,
        writer,
        consumer: ALICE,
        wakePath: `/tmp/wake-${streamId}`,
      });
    const make = (streamId: number, writer = ALICE): KnownStream => {
      const made = create(streamId, writer);
      if (made?.type !== 'memory.streamCreated') throw new Error('no stream');
      const { dataSegment, positionSegment } = made;
      return { dataSegment, positionSegment, shape: SHAPE, writerUid: writer.uid };
    };
    return { world, perform, sweep, create, make, mark: sweep([]).own };
  }

  ids(): number[] {
    return this.simulation.segments().map(({ id }) => id);
  }
}

describe('a registry that follows a dead one', () => {
  it('removes what that one made and no record names, and nothing else', () => {
    const machine = new Machine();
    const dead = machine.registry();
    const recorded = dead.make(0);
    dead.make(1);
    const others = machine.registry().make(2);
    const { memory } = machine.simulation.login('alice').world;
    const own = must(memory.create(4096, { ...ALICE, mode: 0o600 }));
    markCreator(must(memory.attachWritable(own)), dead.mark);
    const next = machine.registry();
    expect(next.sweep([OTHER_MARK, dead.mark], [recorded]).creators).toEqual([dead.mark]);
    expect(machine.ids()).toEqual(
      [recorded, others]
        .flatMap(({ dataSegment, positionSegment }) => [dataSegment.id, positionSegment.id])
        .concat(own.id),
    );
    expect(next.sweep([dead.mark]).creators).toEqual([]);
  });

  it('removes a segment that was not marked yet, unless a process has it attached', () => {
    const machine = new Machine();
    const dead = machine.registry();
    const { memory } = dead.world;
    const family = Number.parseInt(dead.mark.slice(0, 3), 16);
    const access = { ...ALICE, mode: 0o600 };
    must(memory.create(4096, access, family));
    const attached = must(memory.create(4096, access, family));
    must(memory.attachReadable(attached));
    const written = must(memory.create(4096, access, family));
    const writable = must(memory.attachWritable(written));
    new Uint8Array(writable.buffer)[9] = 1;
    writable.detach();
    const another = must(memory.create(4096, access, family ^ 1));
    machine.registry().sweep([dead.mark]);
    expect(machine.ids()).toEqual([attached.id, written.id, another.id]);
  });

  it('removes nothing when a record could not be read', () => {
    const machine = new Machine();
    const dead = machine.registry();
    dead.make(0);
    expect(machine.registry().sweep([dead.mark], [], false).creators).toEqual([dead.mark]);
    expect(machine.ids()).toHaveLength(2);
  });
});

describe('a stream whose thread has ended', () => {
  it('is looked at: whether it is in order, damaged or gone', () => {
    const machine = new Machine();
    const { world, make, perform } = machine.registry();
    const { dataSegment, positionSegment } = make(7);
    const look = (shape = SHAPE) =>
      perform({ type: 'memory.inspectStream', streamId: 7, dataSegment, positionSegment, shape });
    expect(look()).toEqual({ type: 'memory.inspected', streamId: 7 });
    expect(look({ ...SHAPE, overwrite: true })).toMatchObject({ fault: 'the header has changed' });
    perform({ type: 'memory.removeStream', dataSegment, positionSegment });
    expect(look()).toMatchObject({ fault: 'EIDRM' });
    expect(world.memory.attachments(dataSegment).ok).toBe(false);
  });
});

describe('the share of a user', () => {
  it.each([
    ['streams', { streams: 2 }],
    ['bytes', { bytes: 2 * STREAM_BYTES }],
  ])('ends at so many %s, which leaves other users theirs', (_, share) => {
    const machine = new Machine();
    const registry = machine.registry(share);
    const first = registry.make(0);
    registry.make(1);
    const refused = registry.create(2);
    expect(refused).toMatchObject({
      type: 'memory.streamFailed',
      error: { code: 'ENOSPC' },
      share,
    });
    expect(machine.ids()).toHaveLength(4);
    registry.make(3, BOB);
    registry.perform({ type: 'memory.removeStream', ...first });
    registry.make(4);
    expect(registry.create(5)).toMatchObject({ type: 'memory.streamFailed' });
  });

  it('includes the streams that records name', () => {
    const machine = new Machine();
    const recorded = machine.registry().make(0);
    const registry = machine.registry({ streams: 1 });
    registry.sweep([], [recorded]);
    expect(registry.create(1)).toMatchObject({ type: 'memory.streamFailed' });
    registry.perform({ type: 'memory.removeStream', ...recorded });
    registry.make(2);
  });
});
