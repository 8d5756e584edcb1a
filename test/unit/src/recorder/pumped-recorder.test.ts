/**
 * Goal: the kernel's events reach the trace once each, or are counted, whatever becomes of disks and consumers (R1.24).
 * Method: the simulated kernel; consumers that die at every call and at every load from shared memory, of which the
 * next one goes on; a disk that is full for a while; two consumers at once.
 */
import { describe, expect, it } from 'vitest';
import { isProcessEnded } from '../../../../sim/machine/process/process.ts';
import { type SimProcess, Simulation } from '../../../../sim/machine/simulation.ts';
import { type PlainStruct, plainStruct } from '../../../../src/ctf/read/plain.ts';
import { KernelClasses } from '../../../../src/kernel/kernel-classes.ts';
import { openStreamRecorder } from '../../../../src/recorder/open-recorder.ts';
import { PumpedRecorder, TURN_BYTES_MAX } from '../../../../src/recorder/pumped-recorder.ts';
import { RETRY_MS, type StreamConsumer } from '../../../../src/recorder/stream-consumer.ts';
import type { RingShape } from '../../../../src/ring/layout.ts';
import { openTraceSet } from '../../../../src/view/trace-set.ts';
import { TestPages } from '../../../support/kernel/kernel-pages.ts';
import {
  KernelRecording,
  type KernelRecordingOptions,
} from '../../../support/kernel/kernel-recording.ts';

const OUTPUT = '/root/trace';
const INSTANCE = 'lttng-ts-test';
const SHAPE: RingShape = { subbufferBytes: 4096, subbufferCount: 4, overwrite: false };
const DEATHS_MAX = 2000;

class Stage {
  readonly simulation = new Simulation({ seed: 1, users: [], groups: {}, programs: {} });
  readonly hands = this.simulation.login('root');
  readonly recording: KernelRecording;
  #emitted = 0;

  constructor(options: Partial<KernelRecordingOptions> = {}) {
    const { world } = this.hands;
    world.files.makeDirectory(OUTPUT, 0o700);
    this.recording = new KernelRecording(world, {
      instance: INSTANCE,
      output: OUTPUT,
      events: [{ event: 'sched:sched_wakeup' }, { event: 'irq:irq_handler_entry' }],
      shape: SHAPE,
      readTimerUs: 10_000,
      ...options,
    });
  }

  /** Events with numbers, on both CPUs in turn; some have a text. */
  emit(count: number): void {
    for (let left = count; left > 0; left--) {
      const number = this.#emitted++;
      const { kernelEvents } = this.simulation;
      const cpu = number % 2;
      if (number % 10 < 8) kernelEvents.emit(cpu, 'sched:sched_wakeup', { pid: number });
      else kernelEvents.emit(cpu, 'irq:irq_handler_entry', { irq: number, name: 'eth0' });
    }
  }

  get emitted(): number {
    return this.#emitted;
  }

  read(): Read {
    return readTrace(this.hands);
  }

  /** What is wrong with the trace. */
  differences(): string[] {
    const { numbers, discarded, problems } = this.read();
    const wrong = [...problems];
    if (numbers.length + discarded !== this.emitted)
      wrong.push(`${this.emitted} emitted, ${numbers.length} read, ${discarded} discarded`);
    if (new Set(numbers).size !== numbers.length) wrong.push('an event is there twice');
    return wrong;
  }
}

interface Read {
  readonly numbers: readonly number[];
  readonly names: ReadonlySet<string>;
  readonly contexts: readonly PlainStruct[];
  readonly environment: Readonly<Record<string, unknown>>;
  readonly discarded: number;
  readonly problems: readonly string[];
}

function readTrace({ world }: SimProcess): Read {
  const opened = openTraceSet(world.files, [OUTPUT], { isFollowing: false });
  const numbers: number[] = [];
  const contexts: PlainStruct[] = [];
  const names = new Set<string>();
  let environment = {};
  let discarded = 0;
  if (!opened.ok) {
    const problems = [opened.error.message];
    return { numbers, names, contexts, environment, discarded, problems };
  }
  const problems = [...opened.value.problems];
  const { set } = opened.value;
  for (let message = set.next(); message !== undefined; message = set.next()) {
    switch (message.kind) {
      case 'event':
        names.add(message.shape.name);
        environment = message.shape.source.environment;
        numbers.push(numberOf(plainStruct(message.shape.fieldsType, message.fields)));
        contexts.push(plainStruct(message.shape.packetContextType, message.packetContext));
        break;
      case 'discarded-events':
        discarded += Number(message.count);
        break;
      case 'discarded-packets':
        problems.push('packets are lost');
        break;
      case 'problem':
        problems.push(message.text);
    }
  }
  set.close();
  return { numbers, names, contexts, environment, discarded, problems };
}

function numberOf(fields: PlainStruct): number {
  return Number(fields['tid'] ?? fields['irq']);
}

describe('the trace of the kernel', () => {
  it('has all events, by CPU, and says of which kernel they are', () => {
    const stage = new Stage();
    const consumer = stage.recording.consume();
    stage.emit(50);
    stage.simulation.run({ forMs: 20 });
    consumer.flush(1);
    const { numbers, names, contexts, environment, problems } = stage.read();
    expect(problems).toEqual([]);
    expect(numbers).toEqual(Array.from({ length: 50 }, (_, index) => index));
    expect([...names].sort()).toEqual(['irq_handler_entry', 'sched_wakeup']);
    expect(contexts.map((context) => Number(context['cpu_id']))).toEqual(
      numbers.map((number) => number % 2),
    );
    expect(environment).toMatchObject({ domain: 'kernel', tracer_name: 'lttng-modules' });
    expect(environment).not.toHaveProperty('vpid');
    const { files } = stage.hands.world;
    expect(files.list(`${OUTPUT}/kernel`)).toMatchObject({
      value: ['channel0_0', 'channel0_1', 'metadata'],
    });
  });

  it('has after a flush also what lies behind the rest of a page that was read before', () => {
    const stage = new Stage({ readTimerUs: 0 });
    const consumer = stage.recording.consume();
    for (const count of [140, 160, 100, 260]) {
      stage.emit(count);
      consumer.flush(1);
      expect(stage.differences()).toEqual([]);
    }
  });

  it('gets what fills half of the buffer without a timer, and the rest at the end', () => {
    const stage = new Stage({ readTimerUs: 0 });
    const consumer = stage.recording.consume();
    stage.emit(20);
    stage.simulation.run({ forMs: 5000 });
    expect(stage.read().numbers).toEqual([]);
    stage.emit(600);
    stage.simulation.run({ forMs: 100 });
    expect(stage.read().numbers.length).toBeGreaterThan(300);
    consumer.close(false);
    expect(stage.differences()).toEqual([]);
    expect(stage.read().discarded).toBe(0);
  });

  it('counts what the kernel lost while the disk was full', () => {
    const stage = new Stage();
    const consumer = stage.recording.consume();
    stage.emit(30);
    stage.simulation.run({ forMs: 20 });
    stage.simulation.setFileFault((name, path) =>
      name === 'files.append' && path.startsWith(OUTPUT) ? 'ENOSPC' : undefined,
    );
    stage.emit(3000);
    stage.simulation.run({ forMs: 2 * RETRY_MS });
    const { dropped } = stage.recording.counts;
    expect(dropped).toBeGreaterThan(500);
    stage.simulation.setFileFault(undefined);
    stage.simulation.run({ forMs: 2 * RETRY_MS });
    stage.emit(10);
    consumer.close(false);
    expect(stage.differences()).toEqual([]);
    expect(stage.read().discarded).toBe(dropped);
  });

  it('counts what an overwriting buffer lost', () => {
    const stage = new Stage({ shape: { ...SHAPE, overwrite: true } });
    stage.emit(2000);
    const consumer = stage.recording.consume();
    consumer.close(false);
    const { overrun } = stage.recording.counts;
    expect(overrun).toBeGreaterThan(100);
    const { numbers, discarded } = stage.read();
    expect(discarded).toBe(overrun);
    expect(numbers.at(-1)).toBe(1999);
  });
});

describe('a consumer that dies', () => {
  it.each<readonly [string, (process: SimProcess, at: number) => void]>([
    [
      'at any call to the operating system',
      (process, at) => {
        process.callsUntilKill = at;
      },
    ],
    [
      'at any load from shared memory',
      (process, at) => {
        process.loadsUntilKill = at;
      },
    ],
  ])('%s is continued by the next one, exactly', (_when, arm) => {
    for (let at = 1; ; at++) {
      const { wrong, consumers } = dieAt((process) => arm(process, at));
      expect({ at, wrong }).toEqual({ at, wrong: [] });
      expect(at).toBeLessThan(DEATHS_MAX);
      if (consumers > 1) continue;
      expect(at).toBeGreaterThan(40);
      break;
    }
  });

  it('that lives on without a registry leaves its pages to no other one, until it ends', () => {
    const stage = new Stage();
    const first = stage.recording.consume();
    first.noteAlone();
    const second = stage.recording.consume(stage.simulation.login('root').world);
    for (let turn = 0; turn < 40; turn++) {
      stage.emit(20);
      stage.simulation.run({ forMs: 7 });
      if (turn === 20) first.close(true);
    }
    stage.simulation.run({ forMs: 500 });
    second.close(false);
    expect(stage.differences()).toEqual([]);
    expect(stage.read().discarded).toBe(0);
  });
});

/** Runs a script in which the first consumer dies as `arm` has it, and the next ones go on. */
function dieAt(arm: (process: SimProcess) => void): {
  readonly wrong: readonly string[];
  readonly consumers: number;
} {
  const stage = new Stage();
  let consumers = 0;
  let consumer: StreamConsumer | undefined;
  const insist = (act: (consumer: StreamConsumer) => void): void => {
    for (;;) {
      try {
        if (consumer === undefined) {
          const process = stage.simulation.login('root');
          if (consumers++ === 0) arm(process);
          consumer = stage.recording.consume(process.world);
        }
        return act(consumer);
      } catch (thrown) {
        if (!isProcessEnded(thrown)) throw thrown;
        consumer = undefined;
      }
    }
  };
  stage.emit(30);
  insist((one) => one.flush(1));
  stage.emit(200);
  insist((one) => one.flush(2));
  stage.emit(900);
  insist((one) => one.flush(3));
  stage.emit(20);
  insist((one) => one.close(false));
  stage.simulation.run({ forMs: 100 });
  return { wrong: stage.differences(), consumers };
}

it('a turn copies a bounded number of pages', () => {
  const stage = new Stage();
  const { world } = stage.hands;
  const [stream] = stage.recording.streams;
  if (stream === undefined) throw new Error('there is no stream');
  const inner = openStreamRecorder(world, undefined, stream);
  const layout = { commitBytes: 8, dataOffset: 16 } as const;
  const recorder = new PumpedRecorder(world, { layout, classes: new KernelClasses() }, inner);
  const turnPages = TURN_BYTES_MAX / 4096;
  const pages = new TestPages(Array.from({ length: turnPages + 10 }, () => fullPage()));
  recorder.take(pages, () => undefined);
  recorder.drain(false);
  expect(pages.queue).toHaveLength(10);
  recorder.close();
  expect(pages.isClosed).toBe(true);
});

/** Full of padding. */
function fullPage(): Uint8Array {
  const page = new Uint8Array(4096);
  const view = new DataView(page.buffer);
  view.setUint32(8, 4080, true);
  view.setUint32(16, 29, true);
  return page;
}
