/** A simulated machine with a global registry, where sessions record and snapshots are taken of them. */
import { expect } from 'vitest';
import { inOrder, type Plan, type StepResult } from '../../../actors/client/plans/plan.ts';
import { snapshotPlan } from '../../../actors/client/plans/record.ts';
import { startClient } from '../../../actors/programs/client.ts';
import type { Workload } from '../../../sim/input/workload.ts';
import { readTraces } from '../../../sim/ledger/trace-content.ts';
import type { ListedFile } from '../../../sim/machine/inspect.ts';
import type { SimProcess, Simulation } from '../../../sim/machine/simulation.ts';
import { openTrace } from '../../../src/ctf/read/reader.ts';
import type { Connection } from '../../../src/port/unix-sockets.ts';
import type { ChannelSettings } from '../../../src/wire/common.ts';
import {
  CONTROL_PROTOCOL_MAJOR,
  type Operation,
  type ToConsumer,
} from '../../../src/wire/control/messages.ts';
import { decodeBody, encodeFrame, FrameParser } from '../../../src/wire/frames.ts';
import { PROTOCOLS } from '../../../src/wire/protocols.ts';
import { must } from '../ring/memory.ts';
import { Stage as Machine } from './stage.ts';

export const SMALL: ChannelSettings = {
  name: 'small',
  shape: { subbufferBytes: 4096, subbufferCount: 2, overwrite: false },
  switchTimerUs: 0,
  readTimerUs: 0,
};
const STAYS_MS = 3_600_000;

/** Records a number of events and stays alive. */
export function staying(count: number): Workload {
  return {
    steps: [
      { at: 0, do: 'emit', of: 'a', count, characters: 10 },
      { at: STAYS_MS, do: 'exit', code: 0 },
    ],
  };
}

const isMetadata = (path: string): boolean => path.endsWith('/metadata');

export class Stage {
  readonly #machine: Machine;
  readonly simulation: Simulation;
  readonly hands: SimProcess;
  #snapshots = 0;

  constructor(seed = 1) {
    this.#machine = new Machine(seed);
    ({ simulation: this.simulation, hands: this.hands } = this.#machine);
    this.registry();
  }

  registry(): SimProcess {
    const registry = this.#machine.registry();
    this.run(100);
    return registry;
  }

  run(forMs: number): void {
    this.#machine.run(forMs);
  }

  application(workload: Workload): SimProcess {
    const application = this.#machine.application('alice', workload);
    this.run(50);
    return application;
  }

  perform(plan: Plan): readonly StepResult[] {
    let results: readonly StepResult[] | undefined;
    startClient(this.hands.world, {
      plan,
      sessiond: undefined,
      onDone: (done) => {
        results = done;
      },
    });
    for (let ms = 0; ms < 5000 && results === undefined; ms += 10) this.run(10);
    return results ?? [];
  }

  command(...operations: readonly Operation[]): readonly StepResult[] {
    return this.perform(inOrder(operations));
  }

  /** Starts a session that records every event; returns its UUID. */
  session(of: { isFlightRecorder: boolean }): string {
    const [made, ...rest] = this.command(
      {
        op: 'session.create',
        name: 'web',
        output: '/home/alice/trace',
        ...(of.isFlightRecorder ? { flightRecorder: true } : {}),
      },
      { op: 'channel.add', session: 'web', channel: SMALL },
      {
        op: 'event.enable',
        session: 'web',
        channel: 'small',
        patterns: ['*'],
        logLevelMax: 14,
        target: { kind: 'all' },
      },
      { op: 'session.start', session: 'web' },
    );
    expect(rest.map(({ kind }) => kind)).toEqual(['reply', 'reply', 'reply']);
    return made?.kind === 'reply' ? (made.value.session?.uuid ?? '') : '';
  }

  /** Takes a snapshot; returns its counters by process id. */
  snapshot(): Map<number, number[]> {
    const { output, result } = this.copy();
    expect(result).toEqual({ kind: 'snapshot', isWhole: true });
    return this.read(output);
  }

  /** Takes a snapshot of at most so many bytes. */
  copy(bytesMax?: number): { output: string; result: StepResult | undefined } {
    const output = `/home/alice/snapshot-${this.#snapshots++}`;
    return { output, result: this.perform(snapshotPlan('web', output, bytesMax)).at(-1) };
  }

  read(output: string): Map<number, number[]> {
    const { streams, problems } = readTraces(this.hands.world.files, output);
    expect(problems).toEqual([]);
    return new Map(
      streams.map(({ pid, events }) => [pid, events.map(({ counter }) => counter)] as const),
    );
  }

  /** Bytes of all packets in the traces below the directory. */
  packetBytes(output: string): number {
    const streams = this.#filesBelow(output).filter(({ path }) => !isMetadata(path));
    return streams.reduce((sum, { byteLength }) => sum + byteLength, 0);
  }

  /** What the traces below the directory say of real time: nanoseconds at the start of the trace clock. */
  clockOffsets(output: string): bigint[] {
    return this.#filesBelow(output).flatMap(({ path }) => {
      if (!isMetadata(path)) return [];
      const trace = must(openTrace(this.hands.world.files, path.slice(0, path.lastIndexOf('/'))));
      trace.close();
      return [...trace.schema.clocks.values()].map(({ offsetNs }) => offsetNs);
    });
  }

  #filesBelow(directory: string): ListedFile[] {
    const files = this.simulation.listFiles();
    return files.filter(({ kind, path }) => kind === 'file' && path.startsWith(`${directory}/`));
  }

  /** A client that claims to take a snapshot and follows the test's script. */
  pose(uuid: string, snapshot: boolean): Poser {
    const heard: ToConsumer[] = [];
    const parser = new FrameParser();
    let connection: Connection | undefined;
    let isOver = false;
    this.hands.world.unix.connect('/run/lttng-ts/client.sock', {}, (outcome) => {
      if (!outcome.ok) throw new Error(outcome.error.code);
      connection = outcome.value;
      connection.start({
        onData: (bytes) => {
          for (const body of parser.push(bytes).bodies) {
            const message = decodeBody<ToConsumer>(body, PROTOCOLS['control.consumer'].schema);
            if (!message.ok) throw new Error(message.error);
            heard.push(message.value);
          }
        },
        onClose: () => {
          isOver = true;
        },
      });
    });
    const say = (message: unknown): void => {
      const frame = encodeFrame(message);
      if (frame.ok) connection?.send(frame.value);
      this.run(5);
    };
    this.run(5);
    say({ type: 'hello', major: CONTROL_PROTOCOL_MAJOR, minor: 0 });
    say({ type: 'attach', session: uuid, ...(snapshot ? { snapshot: true } : {}) });
    return {
      heard: () => heard.map(({ type }) => type),
      refusal: () => heard.find((message) => message.type === 'refused')?.code,
      isOver: () => isOver,
      say,
      leave: () => {
        connection?.close();
        this.run(5);
      },
    };
  }
}

interface Poser {
  heard(): string[];
  refusal(): string | undefined;
  isOver(): boolean;
  say(message: unknown): void;
  leave(): void;
}
