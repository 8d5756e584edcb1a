/** R1.23: flight recorders and snapshots at their bounds, and under kills, in the simulator. */

import { describe, expect, it } from 'vitest';
import { inOrder } from '../../../actors/client/plans/plan.ts';
import { recordPlan, snapshotPlan } from '../../../actors/client/plans/record.ts';
import { recoveriesIn, recoverPlan } from '../../../actors/client/plans/recover.ts';
import { startClient } from '../../../actors/programs/client.ts';
import {
  ENDED_BYTES_MAX,
  ENDED_STREAMS_MAX,
  SNAPSHOT_ATTACH_MS_MAX,
  SNAPSHOTS_MAX,
} from '../../../actors/sessiond/limits.ts';
import {
  excessOf,
  initialContext,
  type SessionContext,
  type Stream,
} from '../../../actors/sessiond/session/context.ts';
import { APPLICATION_PROGRAM } from '../../../sim/input/command.ts';
import type { Workload } from '../../../sim/input/workload.ts';
import { NS_PER_MS } from '../../../src/base/time.ts';
import { POSITION_SEGMENT_BYTES, type RingShape, segmentBytes } from '../../../src/ring/layout.ts';
import { SESSION_VARIABLE } from '../../../src/wire/launch.ts';
import { segmentRef } from '../../support/segments.ts';
import { SMALL, Stage, staying } from '../../support/simulated/snapshot-stage.ts';

function counting(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

describe('R1.23 a flight recorder', () => {
  it('starts without a consumer, takes none, and writes nothing but snapshots', () => {
    const stage = new Stage();
    const uuid = stage.session({ isFlightRecorder: true });
    const { pid } = stage.application(staying(20));
    const other = stage.pose(uuid, false);
    expect(other.refusal()).toBe('NOT_ALLOWED');
    expect(stage.simulation.processes().map(({ program }) => program)).not.toContain(
      'ust-consumerd',
    );
    expect(stage.hands.world.files.info('/home/alice/trace').ok).toBe(false);
    expect(stage.snapshot()).toEqual(new Map([[pid, counting(20)]]));
    expect(stage.hands.world.files.info('/home/alice/trace').ok).toBe(false);
  });

  it('is not recovered: it stays unchanged', () => {
    const stage = new Stage();
    stage.session({ isFlightRecorder: true });
    const { pid } = stage.application(staying(20));
    stage.simulation.signal(pid, 'SIGKILL');
    stage.run(50);
    for (const named of [undefined, 'web']) {
      expect(recoveriesIn(stage.perform(recoverPlan(1001, named)), 1001, named)).toEqual([]);
    }
    expect(stage.snapshot()).toEqual(new Map([[pid, counting(20)]]));
  });

  it('of a command that failed stays when its snapshot cannot be made', () => {
    const stage = new Stage();
    const occupied = '/home/alice/occupied';
    expect(stage.hands.world.files.makeDirectory(`${occupied}/by-something`, 0o700).ok).toBe(true);
    const results = stage.perform(
      recordPlan({
        name: 'web',
        output: '/home/alice/trace',
        channel: undefined,
        patterns: ['*'],
        selection: { logLevelMax: 14 },
        onCrash: occupied,
        command: {
          program: APPLICATION_PROGRAM,
          args: [
            JSON.stringify({
              steps: [
                { at: 0, do: 'emit', of: 'a', count: 5, characters: 3 },
                { at: 1, do: 'exit', code: 3 },
              ],
            } satisfies Workload),
          ],
          environmentIn: (uuid) => ({
            ...stage.hands.world.identity.environment,
            [SESSION_VARIABLE]: uuid,
          }),
        },
      }),
    );
    expect(results.at(-1)).toMatchObject({ kind: 'failure', code: 'SNAPSHOT_FAILED' });
    expect([...stage.snapshot().values()]).toEqual([counting(5)]);
    expect(stage.hands.world.files.list('/home/alice')).toMatchObject({
      value: expect.not.arrayContaining([expect.stringMatching(/\.part$/)]) as unknown,
    });
  });

  it('overwrites, whatever the settings of its channels', () => {
    const stage = new Stage();
    stage.session({ isFlightRecorder: true });
    const { pid } = stage.application(staying(2000));
    const counters = stage.snapshot().get(pid) ?? [];
    expect(counters.at(-1)).toBe(1999);
    expect(counters).toEqual(counting(2000).slice(-counters.length));
    expect(counters.length).toBeLessThan(2000);
  });

  it('keeps the buffers of an application that was killed, also when its registry was', () => {
    const stage = new Stage();
    stage.session({ isFlightRecorder: true });
    const killed = stage.application(staying(20));
    stage.simulation.signal(killed.pid, 'SIGKILL');
    stage.run(50);
    const registry = stage.simulation.processes().find((one) => one.program === 'lttng-sessiond');
    const both = stage.application(staying(30));
    for (const { pid } of [registry ?? both, both]) stage.simulation.signal(pid, 'SIGKILL');
    stage.run(50);
    stage.registry();
    stage.run(2000);
    const expected = new Map([
      [killed.pid, counting(20)],
      [both.pid, counting(30)],
    ]);
    expect(stage.snapshot()).toEqual(expected);
    stage.command({ op: 'session.destroy', session: 'web' });
    expect(stage.simulation.segments()).toEqual([]);
  });

  it('removes the streams that ended first, past the bound', () => {
    const stage = new Stage();
    stage.session({ isFlightRecorder: true });
    const ended: number[] = [];
    for (let count = 0; count < ENDED_STREAMS_MAX + 2; count++) {
      const { pid } = stage.application({
        steps: [{ at: 0, do: 'emit', of: 'a', count: 1, characters: 1 }],
      });
      ended.push(pid);
    }
    expect([...stage.snapshot().keys()].sort((a, b) => a - b)).toEqual(ended.slice(2));
    const said = stage.simulation.log.filter(({ event }) => event === 'stream.oldestReleased');
    expect(said.map(({ fields }) => fields['streams'])).toEqual([1, 1]);
  });

  it('keeps as many bytes of ended streams as fit, and no more', () => {
    const shape: RingShape = { subbufferBytes: 2 ** 20, subbufferCount: 4, overwrite: true };
    const bytes = segmentBytes(shape) + POSITION_SEGMENT_BYTES;
    const most = Math.floor(ENDED_BYTES_MAX / bytes);
    const context = (streams: number): SessionContext => ({
      ...initialContext({
        session: 's',
        registry: 'r',
        location: {
          scope: 'user',
          directory: '/',
          directoryMode: 0o700,
          clientPath: '/c',
          appPath: '/a',
          pipePath: '/p',
          uid: 1,
        },
        name: 'web',
        uuid: 'u',
        owner: { uid: 1, gid: 1 },
        output: '/o',
        isFlightRecorder: true,
        apps: [],
      }),
      channels: [{ settings: { ...SMALL, shape }, rules: [] }],
      streams: Array.from(
        { length: streams },
        (_, streamId): Stream => ({
          streamId,
          channel: 'small',
          app: {
            link: `l${streamId}`,
            pid: 1,
            tid: 1,
            startedAt: 1,
            uid: 1,
            gid: 1,
            processName: 'x',
          },
          wakePath: '/w',
          memory: {
            dataSegment: segmentRef(2 * streamId),
            positionSegment: segmentRef(2 * streamId + 1),
          },
          ended: true,
        }),
      ),
    });
    expect(excessOf(context(most))).toEqual([]);
    expect(excessOf(context(most + 1)).map(({ streamId }) => streamId)).toEqual([0]);
  });
});

describe('R1.23 snapshots', () => {
  it('are at most SNAPSHOTS_MAX at once, and one more is refused with LIMIT', () => {
    const stage = new Stage();
    const uuid = stage.session({ isFlightRecorder: true });
    const posers = counting(SNAPSHOTS_MAX).map(() => stage.pose(uuid, true));
    for (const { heard } of posers) expect(heard()).toEqual(['welcome', 'session', 'finish']);
    expect(stage.pose(uuid, true).refusal()).toBe('LIMIT');
    const results = stage.perform(snapshotPlan('web', '/home/alice/one-too-many'));
    expect(results.at(-1)).toMatchObject({ kind: 'failure', code: 'LIMIT' });
    posers[0]?.leave();
    expect(stage.pose(uuid, true).refusal()).toBeUndefined();
  });

  it('keep the listed streams until they have attached them', () => {
    const stage = new Stage();
    const uuid = stage.session({ isFlightRecorder: false });
    const { pid } = stage.application(staying(10));
    const poser = stage.pose(uuid, true);
    expect(poser.heard()).toEqual(['welcome', 'session', 'stream.add', 'finish']);
    stage.simulation.signal(pid, 'SIGKILL');
    stage.run(500);
    // Its consumer has written and released it by now.
    expect([...stage.read('/home/alice/trace').values()]).toEqual([counting(10)]);
    expect(stage.simulation.segments()).toHaveLength(2);
    poser.say({ type: 'opened' });
    expect(stage.simulation.segments()).toEqual([]);
    poser.say({ type: 'opened' });
    expect(poser.isOver()).toBe(true);
  });

  it('are cut off when they do not attach in time; until then destroying waits', () => {
    const stage = new Stage();
    const uuid = stage.session({ isFlightRecorder: true });
    stage.application(staying(10));
    const poser = stage.pose(uuid, true);
    const before = stage.simulation.now;
    expect(stage.command({ op: 'session.destroy', session: 'web' })).toMatchObject([
      { kind: 'reply' },
    ]);
    expect((stage.simulation.now - before) / NS_PER_MS).toBeGreaterThan(
      SNAPSHOT_ATTACH_MS_MAX - 100,
    );
    expect(poser.isOver()).toBe(true);
    expect(stage.simulation.segments()).toEqual([]);
    const cut = stage.simulation.log.filter(({ event }) => event === 'peer.cutOff');
    expect(cut.map(({ fields }) => fields['reason'])).toEqual([
      'did not attach the streams of its snapshot in time',
    ]);
  });

  it('of a session that is being destroyed are refused', () => {
    const stage = new Stage();
    const uuid = stage.session({ isFlightRecorder: true });
    stage.pose(uuid, true);
    let isDone = false;
    startClient(stage.hands.world, {
      plan: inOrder([{ op: 'session.destroy', session: 'web' }]),
      sessiond: undefined,
      onDone: () => {
        isDone = true;
      },
    });
    stage.run(100);
    expect(isDone).toBe(false);
    expect(stage.pose(uuid, true).refusal()).toBe('SESSION_BUSY');
  });

  it('are complete or absent, whenever the process that takes one is killed', () => {
    const stage = new Stage();
    const uuid = stage.session({ isFlightRecorder: true });
    const { pid } = stage.application(staying(40));
    const expected = new Map([[pid, counting(40)]]);
    const outcomes = new Set<string>();
    for (let call = 1; ; call++) {
      const output = `/home/alice/killed-${call}`;
      const taker = stage.simulation.spawn('alice', 'ust-consumerd', [
        'global',
        uuid,
        '--snapshot',
        output,
      ]);
      stage.simulation.killAtCall(taker.pid, call);
      stage.run(200);
      const isThere = stage.hands.world.files.info(output).ok;
      expect(isThere ? stage.read(output) : expected).toEqual(expected);
      outcomes.add(`${taker.exit?.signal ?? taker.exit?.code} ${isThere}`);
      if (taker.exit?.code === 0) break;
    }
    expect(outcomes).toEqual(new Set(['SIGKILL false', 'SIGKILL true', '0 true']));
    expect(stage.snapshot()).toEqual(expected);
    stage.command({ op: 'session.destroy', session: 'web' });
    expect(stage.simulation.segments()).toEqual([]);
  });
});
