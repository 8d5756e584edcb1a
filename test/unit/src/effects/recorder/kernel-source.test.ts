/**
 * Goal: a consumer without rights records what the registry of root passes it (R1.24), and says what goes wrong on the
 * way. Method: a consumer's handler in a simulated process of a user, the registry's calls in one of root.
 */
import { describe, expect, it } from 'vitest';
import { Simulation } from '../../../../../sim/machine/simulation.ts';
import type { EffectEvent } from '../../../../../src/effects/contract/effects.ts';
import type { RecorderEffect } from '../../../../../src/effects/contract/recorder.ts';
import { PASSAGES_MAX } from '../../../../../src/effects/recorder/kernel-source.ts';
import { createRecorderHandler } from '../../../../../src/effects/recorder.ts';
import { summarizeTrace } from '../../../../../src/view/summary.ts';
import { KernelRecording } from '../../../../support/kernel/kernel-recording.ts';
import { must } from '../../../../support/ring/memory.ts';

const EVENT = 'sched:sched_wakeup';
const INSTANCE = 'lttng-ts-test';
const OUTPUT = '/home/alice/trace';
const PASSAGE = '/tmp/passage';
const SHAPE = { subbufferBytes: 4096, subbufferCount: 4, overwrite: false };
const SESSION = { name: 'k', uuid: '00000000-0000-4000-8000-00000000000a' };

function makeStage() {
  const simulation = new Simulation({
    seed: 1,
    users: [{ name: 'alice', uid: 1000, gid: 1000, groups: [] }],
    groups: {},
    programs: {},
  });
  const root = simulation.login('root').world;
  const alice = simulation.login('alice');
  const recording = new KernelRecording(root, {
    instance: INSTANCE,
    output: OUTPUT,
    events: [{ event: EVENT }],
    shape: SHAPE,
    owner: { uid: 1000, gid: 1000 },
  });
  const events: EffectEvent[] = [];
  const version = { major: 0, minor: 1 };
  const handle = createRecorderHandler(alice.world, (_, event) => void events.push(event), version);
  const tell = (effect: RecorderEffect): void => handle(effect, 'consumer');
  tell({ type: 'recorder.open', session: SESSION, output: OUTPUT });
  tell({ type: 'recorder.kernelLayout', text: must(root.kernel.describe()).pageLayout });
  const streams = recording.streams.map(({ streamId }) => streamId);
  return {
    simulation,
    recording,
    streams,
    tell,
    root,
    alice,
    heard: () => events.splice(0),
    emit: (count: number) => {
      for (let n = 0; n < count; n++) simulation.kernelEvents.emit(n % 2, EVENT, { pid: n });
    },
    /** Passes the pages of these CPUs. */
    pass: (token: number, cpus: readonly number[]) => {
      const passage = must(root.network.openPassage(PASSAGE, 1000));
      tell({ type: 'recorder.reachPages', token, passage: PASSAGE });
      const pages = cpus.map((cpu) => must(root.kernel.openPages(INSTANCE, cpu)));
      must(passage.passPages(alice.world.identity, pages));
      for (const each of pages) each.close();
      passage.close();
    },
  };
}

describe('a consumer of a user', () => {
  it('records what root passes it', () => {
    const stage = makeStage();
    const { tell, recording } = stage;
    tell({
      type: 'recorder.kernelFormats',
      formats: [{ event: EVENT, text: must(stage.root.kernel.format(EVENT)) }],
    });
    for (const stream of recording.streams) tell({ type: 'recorder.addStream', stream });
    stage.pass(1, [0, 1]);
    tell({ type: 'recorder.takePages', token: 1, streams: stage.streams });
    expect(stage.heard().map(({ type }) => type)).toEqual([
      'recorder.opened',
      'recorder.pagesReached',
      'recorder.pagesTaken',
    ]);
    stage.emit(40);
    tell({ type: 'recorder.flush', token: 2 });
    expect(stage.heard()).toEqual([{ type: 'recorder.flushed', token: 2, outcome: {} }]);
    const summary = summarizeTrace(stage.alice.world, `${OUTPUT}/kernel`);
    expect(summary).toMatchObject({
      ok: true,
      value: { eventsByName: [{ name: 'sched_wakeup', events: 40 }], discardedEvents: 0n },
    });
    for (const streamId of stage.streams) tell({ type: 'recorder.endStream', streamId });
    expect(stage.heard()).toMatchObject(
      stage.streams.map((streamId) => ({ type: 'recorder.streamReleased', streamId })),
    );
    recording.stop();
    recording.remove();
  });

  it('counts the events whose format it was not told, and says so once', () => {
    const stage = makeStage();
    const { tell, recording } = stage;
    tell({ type: 'recorder.kernelFormats', formats: [{ event: EVENT, text: 'no format' }] });
    for (const stream of recording.streams) tell({ type: 'recorder.addStream', stream });
    stage.pass(1, [0, 1]);
    tell({ type: 'recorder.takePages', token: 1, streams: stage.streams });
    stage.emit(40);
    tell({ type: 'recorder.flush', token: 2 });
    const summary = summarizeTrace(stage.alice.world, `${OUTPUT}/kernel`);
    expect(summary).toMatchObject({ ok: true, value: { events: 0, discardedEvents: 40n } });
    const said = stage.simulation.log.map(({ event }) => event);
    expect(said.filter((event) => event === 'kernel.formatRejected')).toHaveLength(1);
    expect(said.filter((event) => event === 'kernel.eventsDiscarded')).toHaveLength(2);
  });
});

describe('pages', () => {
  it('that nobody passed are not taken', () => {
    const { tell, heard } = makeStage();
    heard();
    tell({ type: 'recorder.takePages', token: 7, streams: [0] });
    tell({ type: 'recorder.reachPages', token: 8, passage: '/tmp/nowhere' });
    expect(heard()).toMatchObject([
      { type: 'recorder.pagesFailed', token: 7, error: { code: 'EAGAIN' } },
      { type: 'recorder.pagesFailed', token: 8, error: { code: 'ENOENT' } },
    ]);
  });

  it('that are not those of the streams are not taken', () => {
    const stage = makeStage();
    stage.pass(1, [0]);
    stage.heard();
    stage.tell({ type: 'recorder.takePages', token: 1, streams: stage.streams });
    expect(stage.heard()).toMatchObject([
      { type: 'recorder.pagesFailed', token: 1, error: { code: 'EIO' } },
    ]);
    stage.recording.stop();
    stage.recording.remove();
  });

  it('wait in a bounded number of passages', () => {
    const { tell, heard, root } = makeStage();
    const reach = (token: number): void => {
      const path = `${PASSAGE}-${token}`;
      must(root.network.openPassage(path, 1000));
      tell({ type: 'recorder.reachPages', token, passage: path });
    };
    heard();
    for (let token = 0; token <= PASSAGES_MAX; token++) reach(token);
    const answers = heard();
    expect(answers.slice(0, -1).every(({ type }) => type === 'recorder.pagesReached')).toBe(true);
    expect(answers.at(-1)).toMatchObject({ token: PASSAGES_MAX, error: { code: 'EMFILE' } });
    tell({ type: 'recorder.keepOnly', segments: [] });
    reach(99);
    expect(heard()).toEqual([{ type: 'recorder.pagesReached', token: 99 }]);
  });
});
