/**
 * KN1: a member of the group records the kernel, in a session without applications. Consumers and the registry are
 * killed meanwhile, and others go on. Every event of the kernel is in the trace once, or counted as discarded.
 */
import type { Operation } from '../../src/wire/control/messages.ts';
import { LOG_LEVEL_ALL } from '../input/command.ts';
import { Draw, type PartDraw } from '../input/draw.ts';
import type { Fault, FaultScript } from '../input/fault.ts';
import { KERNEL_EVENT_NAMES } from '../input/kernel.ts';
import type { Scenario, ScenarioInput, ScriptStep } from '../input/scenario.ts';
import { guestAt, onlyAlice, SERVING_MS } from './parts.ts';

const SESSION = 'kernel';
const USER_PART = `@alice/${SESSION}`;
const KERNEL_PART = `${USER_PART}/kernel`;
const DURATION_MS = 300;
/** By then the processes in place of killed ones have started. */
const END_MS = DURATION_MS + 200;
const KILLS_MAX = 3;
const CONSUMERS_MAX = 6;
/** Approximate numbers in the life of a consumer, and of calls in that of a registry. */
const CONSUMER_CALLS = 120;
const CONSUMER_LOADS = 300;
const REGISTRY_CALLS = 300;

export const kn1: Scenario = {
  id: 'KN1',
  title: 'the kernel is recorded while consumers and the registry are killed, and others go on',
  marks: ['kernel-recorded', 'kernel-discarded', 'consumer-came-back', 'registry-came-back'],
  labels: ['kill', 'kill-at-time', 'kill-at-load'],
  draw,
};

function draw(seed: number): ScenarioInput {
  const draws = new Draw(seed);
  return {
    seed,
    ...onlyAlice(true),
    scripts: [
      { user: 'root', steps: [{ at: 0, do: 'sessiond' }] },
      { user: 'root', steps: eventsOf(draws.of('events')) },
      { user: 'alice', steps: commandsOf(draws.of('commands')) },
    ],
    samplesAt: [50, 150, 250, END_MS, END_MS + 300],
    faults: killsOf(draws),
  };
}

/** Also before the session records, and afterwards. */
function eventsOf(part: PartDraw): ScriptStep[] {
  const steps: ScriptStep[] = [];
  for (let at = part.between(1, 20); at < DURATION_MS; at += part.between(1, 20)) {
    const bursts = Array.from({ length: part.between(1, 3) }, () => ({
      cpu: part.pick([0, 1]),
      event: part.pick(KERNEL_EVENT_NAMES),
      count: part.pick([1, 5, 40, 300]),
    }));
    steps.push({ at, do: 'kernel', bursts });
  }
  return steps;
}

function commandsOf(part: PartDraw): ScriptStep[] {
  const channel = {
    name: 'small',
    shape: {
      subbufferBytes: part.pick([4096, 8192]),
      subbufferCount: part.pick([2, 4]),
      overwrite: part.chance(4),
    },
    switchTimerUs: part.pick([0, 20_000]),
    readTimerUs: 20_000,
  };
  const session = KERNEL_PART;
  const first = guestAt(SERVING_MS, [
    { op: 'session.create', name: SESSION, output: `/home/alice/${SESSION}` },
    { op: 'kernel.open', session: SESSION },
  ]);
  const steps = [
    first,
    guestAt(SERVING_MS, [
      { op: 'channel.add', session, channel },
      ...rulesOf(part, session, channel.name),
      { op: 'session.start', session },
    ]),
  ];
  for (let at = 40; at < DURATION_MS - 20; at += part.between(20, 100)) {
    const again: Operation[] = [
      { op: part.pick(['session.stop', 'session.pause'] as const), session },
      { op: 'session.start', session },
    ];
    const more = part.pick([again, [{ op: 'consumer.continue' as const, session }]]);
    steps.push(guestAt(at, more));
  }
  return [
    ...steps,
    // Each consumer may be killed while it ends the part.
    ...Array.from({ length: KILLS_MAX + 1 }, () => endingAt(END_MS, session)),
    endingAt(END_MS, USER_PART),
  ];
}

function endingAt(at: number, session: string): ScriptStep {
  const operations: Operation[] = [{ op: 'session.destroy', session }];
  const tolerated = ['NO_CONSUMER', 'NO_SESSION', 'CONSUMER_FAILED'] as const;
  return { at, do: 'lttng', command: { kind: 'operations', operations, tolerated } };
}

function rulesOf(part: PartDraw, session: string, channel: string): Operation[] {
  const enabling = { op: 'event.enable', session, channel, logLevelMax: LOG_LEVEL_ALL } as const;
  const target = { kind: 'all' } as const;
  const tracepoints: Operation = {
    ...enabling,
    patterns: part.pick([['*'], ['sched:*'], ['sched_switch', 'irq_handler_entry']]),
    target,
  };
  const syscalls: Operation = { ...enabling, patterns: ['*'], target, kind: 'syscall' };
  return part.pick([[tracepoints], [tracepoints, syscalls], [syscalls]]);
}

function killsOf(draws: Draw): FaultScript {
  const part = draws.of('kills');
  const kills = Array.from({ length: part.between(0, KILLS_MAX) }, (_, index) =>
    killOf(draws.of(`kill ${index}`), { program: 'ltt-consumerd', index }),
  );
  // The last one does not survive until the end, and the kernel goes on.
  if (part.chance(3)) {
    const [at, program] = [part.between(DURATION_MS - 100, DURATION_MS), 'ltt-consumerd'];
    for (let index = 0; index < CONSUMERS_MAX; index++) {
      kills.push({ kind: 'kill-at-time', of: { program, index }, at });
    }
  }
  if (!part.chance(2)) return kills;
  const at = part.between(SERVING_MS, DURATION_MS);
  const of = { program: 'lttng-sessiond', index: 0 };
  const kill: Fault = part.chance(2)
    ? { kind: 'kill-at-time', of, at }
    : { kind: 'kill', of, atCall: part.between(REGISTRY_CALLS / 4, REGISTRY_CALLS) };
  // After the kill, whenever that was: a registry that finds another one ends.
  return [
    ...kills,
    kill,
    { kind: 'registry-starts', user: 'root', at: at + part.between(1, 8) },
    { kind: 'registry-starts', user: 'root', at: DURATION_MS + 20 },
  ];
}

function killOf(part: PartDraw, of: Extract<Fault, { kind: 'kill' }>['of']): Fault {
  switch (part.between(0, 3)) {
    case 0:
      return { kind: 'kill-at-load', of, atLoad: part.between(1, CONSUMER_LOADS) };
    case 1:
      return { kind: 'kill-at-time', of, at: part.between(SERVING_MS, DURATION_MS) };
    default:
      return { kind: 'kill', of, atCall: part.between(1, CONSUMER_CALLS) };
  }
}
