/**
 * F1 to F4, FN1, FR1 and FT1: S1 to S4, SN1, R1 and T1 with faults. Some applications run until they have registered
 * again.
 */
import type { Operation } from '../../src/wire/control/messages.ts';
import { Draw, type PartDraw } from '../input/draw.ts';
import { FAULT_LABELS } from '../input/fault.ts';
import { drawFaults, drawFaultsOf, drawForGood, type Setting } from '../input/fault-draw.ts';
import { drawAimed } from '../input/fault-draw-aimed.ts';
import type { Mark } from '../input/mark.ts';
import type { Scenario, ScenarioInput, Script, ScriptStep } from '../input/scenario.ts';
import type { Workload } from '../input/workload.ts';
import { QUIRKS } from '../machine/core/quirks.ts';
import { r1 } from './event-rules.ts';
import { DURATION_MS } from './parts.ts';
import { drawQuirks, quirky } from './quirks.ts';
import { t1 } from './rotations.ts';
import { s2 } from './running-applications.ts';
import { s1 } from './single-user.ts';
import { sn1 } from './snapshots.ts';
import { s3 } from './two-users.ts';
import { s4 } from './user-outside-the-group.ts';

/** Healing ends such an application long before this. */
const STAY_MS = 600_000;
/** Faults make these marks too rare to require them in a few hundred runs. */
const RARE = new Set<Mark>(['killed-inside-an-event', 'packet-overwritten']);
/** Milliseconds in which all of these scenarios are active. */
const BUSY = [20, 100] as const;
/** The marks that aimed faults must reach: each happened in at least one in 22 runs of its scenario. */
const MEETINGS: readonly Mark[] = [
  'registry-came-back',
  'registry-killed-while-starting',
  'registry-killed-in-destroy',
  'registry-killed-in-start-or-stop',
  'registry-stopped-for-good',
  'registry-and-consumer-killed',
  'application-killed-while-registering',
  'two-faults-on-one-process',
];
const MEETINGS_OF: Readonly<Record<string, readonly Mark[]>> = {
  F1: [
    'consumer-killed-in-destroy',
    'consumer-killed-before-its-checkpoint',
    'disk-full-inside-a-write',
  ],
  F2: ['consumer-killed-in-destroy', 'registry-short-of-descriptors'],
  F3: ['registry-short-of-descriptors'],
  F4: ['consumer-killed-in-destroy', 'registry-short-of-descriptors', 'disk-full-inside-a-write'],
  FN1: ['registry-short-of-descriptors', 'disk-full-inside-a-write'],
};
/** Faster timers would only make the time after healing expensive to simulate. */
const TIMER_US_MIN = 20_000;

export const FAULTY: readonly Scenario[] = [s1, s2, s3, s4, sn1, r1, t1].map((scenario) => ({
  id: faultyId(scenario),
  title: `${scenario.id} with faults`,
  marks: [
    ...scenario.marks.filter((mark) => !RARE.has(mark)),
    ...MEETINGS,
    ...(MEETINGS_OF[faultyId(scenario)] ?? []),
  ],
  labels: [...FAULT_LABELS, ...QUIRKS],
  draw: (seed) => {
    const input = scenario.draw(seed);
    const draws = new Draw(seed, `${scenario.id} `);
    const setting = settingOf(input);
    const faults = [
      ...drawFaults(draws, setting),
      ...drawAimed(draws, BUSY),
      ...drawForGood(draws, setting),
    ];
    const faulty = { ...lastingInput(input, draws), faults };
    return draws.of('has quirks').chance(2) ? quirky(faulty, drawQuirks(draws)) : faulty;
  },
}));

function faultyId({ id }: Scenario): string {
  return id.startsWith('S') ? id.replace('S', 'F') : `F${id}`;
}

/** Snapshots that `lttng` reported as complete are on the disk after the power failure. */
export const pn1: Scenario = {
  id: 'PN1',
  title: 'the power fails while snapshots are taken',
  marks: ['snapshot-taken'],
  labels: ['power-cut'],
  draw: (seed) => {
    const part = new Draw(seed).of('power');
    const at = part.between(50, 2 * DURATION_MS);
    const writtenBackAt = part.between(0, at);
    const samplesAt = [at - 20, at - 10, at - 1, at + 1];
    return { ...sn1.draw(seed), samplesAt, faults: [{ kind: 'power-cut', at, writtenBackAt }] };
  },
};

/** The input of one of these scenarios, with faults of one label only. */
export function drawWith(label: string, scenario: Scenario, seed: number): ScenarioInput {
  const input = scenario.draw(seed);
  return { ...input, faults: drawFaultsOf(label, new Draw(seed), settingOf(input)) };
}

function settingOf({ users }: ScenarioInput): Setting {
  const names = users.map(({ name }) => name);
  return {
    durationMs: DURATION_MS,
    places: [
      '/run/lttng-ts',
      '/tmp/.lttng-ts-apps',
      ...names.flatMap((name) => [
        `/home/${name}`,
        `/home/${name}/.lttng-ts`,
        `/home/${name}/trace`,
        `/home/${name}/run-0`,
      ]),
    ],
    outputs: outputsOf(names),
    users: ['root', ...names],
  };
}

/** The directories in which users of these scenarios record. */
function outputsOf(names: readonly string[]): readonly [string, ...string[]] {
  const of = names.flatMap((name) => [`/home/${name}/trace`, `/home/${name}/run-0`]);
  return ['/root/trace', ...of];
}

function lastingInput(input: ScenarioInput, draws: Draw): ScenarioInput {
  const scripts = input.scripts.map((script, index) =>
    lasting(script, draws.of(`who stays of script ${index}`)),
  );
  return { ...input, scripts };
}

function lasting({ user, steps }: Script, part: PartDraw): Script {
  return { user, steps: steps.map((step) => lastingStep(step, part)) };
}

function lastingStep(step: ScriptStep, part: PartDraw): ScriptStep {
  const stays = part.chance(2);
  if (step.do === 'application') {
    return { ...step, workload: stays ? staying(step.workload) : step.workload };
  }
  if (step.do !== 'lttng') return step;
  const { command } = step;
  if (command.kind === 'record') {
    const { channel, workload } = command;
    const calmer = channel && {
      ...channel,
      switchTimerUs: calmed(channel.switchTimerUs),
      readTimerUs: calmed(channel.readTimerUs),
    };
    return {
      ...step,
      command: { ...command, channel: calmer, workload: stays ? staying(workload) : workload },
    };
  }
  if (command.kind !== 'operations') return step;
  return { ...step, command: { ...command, operations: command.operations.map(calm) } };
}

/** The operation, without timers of channels that fire all the time. */
export function calm(operation: Operation): Operation {
  if (operation.op !== 'channel.add') return operation;
  const { channel } = operation;
  const timers = {
    switchTimerUs: calmed(channel.switchTimerUs),
    readTimerUs: calmed(channel.readTimerUs),
  };
  return { ...operation, channel: { ...channel, ...timers } };
}

function calmed(periodUs: number): number {
  return periodUs === 0 ? 0 : Math.max(TIMER_US_MIN, periodUs);
}

function staying(workload: Workload): Workload {
  return { ...workload, steps: [...workload.steps, { at: STAY_MS, do: 'exit', code: 0 }] };
}
