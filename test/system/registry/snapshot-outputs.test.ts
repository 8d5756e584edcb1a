/** R1.23: how large a snapshot may be, what it begins after, and where it goes, in the simulator. */

import { describe, expect, it } from 'vitest';
import type { Workload } from '../../../sim/input/workload.ts';
import { Stage, staying } from '../../support/simulated/snapshot-stage.ts';

function counting(from: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => from + index);
}

/** Emits `first` events at once and `later` ones after a second. */
function twice(first: number, later: number): Workload {
  const emit = { do: 'emit', of: 'a', characters: 10 } as const;
  return {
    steps: [
      { at: 0, ...emit, count: first },
      { at: 1000, ...emit, count: later },
      { at: 3_600_000, do: 'exit', code: 0 },
    ],
  };
}

const clear = { op: 'session.clear', session: 'web' } as const;

describe('a snapshot with a largest size', () => {
  it('has the newest packets of each stream that fit, and says that others were left out', () => {
    const stage = new Stage();
    stage.session({ isFlightRecorder: true });
    const { pid } = stage.application(staying(400));
    const whole = stage.copy();
    const all = stage.read(whole.output).get(pid) ?? [];
    const bytes = stage.packetBytes(whole.output);
    expect(stage.copy(bytes).result).toEqual({ kind: 'snapshot', isWhole: true });
    const short = stage.copy(bytes - 1);
    expect(short.result).toEqual({ kind: 'snapshot', isWhole: true, isShort: true });
    expect(stage.packetBytes(short.output)).toBeLessThan(bytes);
    const kept = stage.read(short.output).get(pid) ?? [];
    expect(kept.length).toBeGreaterThan(0);
    expect(kept.length).toBeLessThan(all.length);
    expect(kept).toEqual(all.slice(-kept.length));
  });

  it('gives what streams with little do not need to the others', () => {
    const stage = new Stage();
    stage.session({ isFlightRecorder: true });
    const little = [stage.application(staying(1)), stage.application(staying(1))];
    const { pid } = stage.application(staying(400));
    const bytes = stage.packetBytes(stage.copy().output);
    const room = bytes - 1;
    const { output } = stage.copy(room);
    const content = stage.read(output);
    for (const one of little) expect(content.get(one.pid)).toEqual([0]);
    expect(content.get(pid)?.at(-1)).toBe(399);
    expect(stage.packetBytes(output)).toBeGreaterThan(room / 3);
    expect(stage.packetBytes(output)).toBeLessThanOrEqual(room);
  });

  it('is not made when no packet fits', () => {
    const stage = new Stage();
    stage.session({ isFlightRecorder: true });
    stage.application(staying(20));
    const { output, result } = stage.copy(100);
    expect(result).toEqual({
      kind: 'failure',
      code: 'SNAPSHOT_FAILED',
      reason:
        'No snapshot was made: its largest size has no room for the newest packet of any stream',
    });
    expect(stage.hands.world.files.info(output).ok).toBe(false);
  });
});

describe('a snapshot after a clear', () => {
  it.each([true, false])('has nothing from before (flight recorder: %s)', (isFlightRecorder) => {
    const stage = new Stage();
    stage.session({ isFlightRecorder });
    const { pid } = stage.application(twice(10, 5));
    expect(stage.snapshot()).toEqual(new Map([[pid, counting(0, 10)]]));
    expect(stage.command(clear)).toMatchObject([{ kind: 'reply' }]);
    expect(stage.snapshot()).toEqual(new Map());
    stage.run(1500);
    expect(stage.snapshot()).toEqual(new Map([[pid, counting(10, 5)]]));
  });

  it('has nothing from before, although registry and application were killed', () => {
    const stage = new Stage();
    stage.session({ isFlightRecorder: true });
    const application = stage.application(twice(10, 5));
    stage.command(clear);
    stage.run(1500);
    const registry = stage.simulation.processes().find((one) => one.program === 'lttng-sessiond');
    for (const { pid } of [registry ?? application, application]) {
      stage.simulation.signal(pid, 'SIGKILL');
    }
    stage.run(50);
    stage.registry();
    stage.run(2000);
    expect(stage.snapshot()).toEqual(new Map([[application.pid, counting(10, 5)]]));
  });

  it('is larger than what the ring holds when all of it is younger', () => {
    const stage = new Stage();
    stage.session({ isFlightRecorder: true });
    const { pid } = stage.application(twice(10, 2000));
    stage.command(clear);
    stage.run(2000);
    const counters = stage.snapshot().get(pid) ?? [];
    expect(counters).toEqual(counting(10, 2000).slice(-counters.length));
    expect(counters.length).toBeGreaterThan(50);
  });
});

describe('the output of snapshots', () => {
  it('survives a kill of the registry, and so does its end', () => {
    const stage = new Stage();
    stage.session({ isFlightRecorder: true });
    const output = { output: '/home/alice/other', name: 'other', bytesMax: 65_536 };
    const presentAfterKill = (): unknown => {
      const registry = stage.simulation.processes().find((one) => one.program === 'lttng-sessiond');
      stage.simulation.signal(registry?.pid ?? 0, 'SIGKILL');
      stage.run(50);
      stage.registry();
      const [got] = stage.command({ op: 'session.get', session: 'web' });
      return got?.kind === 'reply' ? got.value.session?.snapshotOutput : got;
    };
    expect(presentAfterKill()).toEqual({ output: '/home/alice/trace' });
    stage.command({ op: 'snapshot.remove', session: 'web', id: '1' });
    expect(presentAfterKill()).toBeUndefined();
    stage.command({ op: 'snapshot.add', session: 'web', ...output });
    expect(presentAfterKill()).toEqual(output);
  });
});

describe('after a step of real time', () => {
  const HOUR_MS = 3_600_000;
  const HOUR_NS = 3_600_000_000_000n;
  const near = (offset: bigint | undefined, by: bigint): boolean => {
    const off = (offset ?? 0n) - by;
    return off > -1_000_000n && off < 1_000_000n;
  };

  it.each(['session.rotate', 'session.clear'] as const)('%s begins with the new time', (op) => {
    const stage = new Stage();
    stage.session({ isFlightRecorder: false });
    stage.application(twice(400, 400));
    stage.run(200);
    const [before = 0n] = stage.clockOffsets('/home/alice/trace');
    stage.simulation.faultControls.stepRealtime(HOUR_MS);
    expect(stage.command({ op, session: 'web' })).toMatchObject([{ kind: 'reply' }]);
    stage.run(2000);
    const [present] = stage.clockOffsets('/home/alice/trace/ust');
    expect(near(present, before + HOUR_NS)).toBe(true);
  });

  it('each snapshot has the new time', () => {
    const stage = new Stage();
    stage.session({ isFlightRecorder: true });
    stage.application(staying(10));
    const [before = 0n] = stage.clockOffsets(stage.copy().output);
    stage.simulation.faultControls.stepRealtime(HOUR_MS);
    const [after] = stage.clockOffsets(stage.copy().output);
    expect(near(after, before + HOUR_NS)).toBe(true);
  });
});
