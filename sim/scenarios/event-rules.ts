/** R1: a user changes event rules of every kind while applications of several users run. */
import type { ClientErrorCode } from '../../actors/client/plans/plan.ts';
import type { ChannelSettings, Target } from '../../src/wire/common.ts';
import { type Selection, selectionOf } from '../../src/wire/control/event-rules.ts';
import type { Operation } from '../../src/wire/control/messages.ts';
import { LOG_LEVEL_ALL } from '../input/command.ts';
import { CONTEXT_REFUSALS, drawContexts, TURN } from '../input/contexts.ts';
import { Draw, type PartDraw } from '../input/draw.ts';
import { drawFilter, WRONG_FILTERS } from '../input/filters.ts';
import {
  type Scenario,
  type ScenarioInput,
  type ScriptStep,
  TRACING_GROUP_ID,
} from '../input/scenario.ts';
import { TRACKING_REFUSALS, trackingAt } from '../input/trackers.ts';
import type { Workload, WorkStep } from '../input/workload.ts';
import { operationsAt, SERVING_MS, samplesOf } from './parts.ts';

const DURATION_MS = 800;
/** The previous change is applied before the next one is requested. */
const CHANGE_MS = 60;
const SESSION = 'rules';
const CHANNEL = 'small';
const LEVELS = [0, 3, 6, 7, 12, 13, 14] as const;
/** Classes and patterns that match only in part. */
const CLASSES = ['a', 'ab', 'abc', 'b', 'ba'] as const;
const PATTERNS = [
  '*',
  'sim:*',
  'sim:a',
  'sim:ab',
  'sim:a*',
  'sim:*b',
  'sim:*a',
  's*m:*b*',
  'sim:b',
  'sim:',
  'sim',
  '*:abc',
  'sim\\:ba',
] as const;
/** Names that a rule with a wildcard leaves out. */
const EXCLUSIONS: readonly [string[], ...string[][]] = [
  ['sim:a'],
  ['sim:ab', 'sim:none'],
  ['sim:b', 'sim:abc', 'sim:ba'],
];

export const r1: Scenario = {
  id: 'R1',
  title: 'a user changes event rules of every kind while applications of several users run',
  marks: ['event-recorded', 'command-refused', 'traced-through-the-group'],
  draw,
};

interface Rule extends Selection {
  readonly pattern: string;
  readonly target: Target;
}

function draw(seed: number): ScenarioInput {
  const draws = new Draw(seed);
  const whole = draws.of('whole');
  const isGlobal = whole.chance(2);
  const alice: ScriptStep[] = Array.from({ length: whole.between(1, 2) }, (_, index) => ({
    at: 0,
    do: 'application',
    workload: workloadOf(draws.of(`application ${index}`)),
  }));
  return {
    seed,
    users: [
      { name: 'alice', uid: 1001, gid: 1001, groups: isGlobal ? ['tracing'] : [] },
      { name: 'bob', uid: 1002, gid: 1002, groups: [] },
    ],
    groups: { root: 0, alice: 1001, bob: 1002, tracing: TRACING_GROUP_ID },
    scripts: [
      { user: 'root', steps: isGlobal ? [{ at: 0, do: 'sessiond' }] : [] },
      { user: 'alice', steps: alice },
      {
        user: 'bob',
        steps: [{ at: 5, do: 'application', workload: workloadOf(draws.of('application of bob')) }],
      },
      {
        user: 'alice',
        steps: changesOf(draws.of('changes'), [
          ...(draws.of('idle').chance(4) ? ['idle' as const] : []),
          ...(draws.of('carrying').chance(2) ? ['carrying' as const] : []),
        ]),
      },
      { user: 'alice', steps: recordingOf(draws.of('recording')) },
      { user: 'alice', steps: contextsOf(draws.of('contexts')) },
      { user: 'alice', steps: trackingOf(draws.of('tracking')) },
    ],
    samplesAt: samplesOf(draws.of('samples')),
  };
}

/** Small bursts during the whole run, at every log level. */
function workloadOf(part: PartDraw): Workload {
  const steps: WorkStep[] = [];
  for (let at = part.between(0, 20); at < DURATION_MS; at += part.between(10, 40)) {
    steps.push({
      at,
      do: 'emit',
      of: part.pick(CLASSES),
      count: part.between(1, 3),
      characters: part.between(0, 30),
      level: part.pick(LEVELS),
    });
  }
  return { steps };
}

/** Any rule. */
export function ruleOf(part: PartDraw): Rule {
  const target = part.pick<Target>([
    { kind: 'all' },
    { kind: 'all' },
    { kind: 'all' },
    { kind: 'command', name: 'application' },
    { kind: 'command', name: 'applicatio' },
    { kind: 'spawned' },
    // Ids ascend from 1000: mostly the id of an application, often of another user's application.
    { kind: 'pid', pid: part.between(1003, 1009) },
    { kind: 'pid', pid: part.between(1003, 1009) },
  ]);
  const pattern = part.pick(PATTERNS);
  return { pattern, target, ...selectionFor(pattern, part) };
}

/** Levels, and sometimes excluded names and a filter. */
function selectionFor(pattern: string, part: PartDraw): Selection {
  const logLevelMax = part.pick(LEVELS);
  const hasExclusions = pattern.includes('*') && part.chance(3);
  return {
    logLevelMax,
    ...(part.chance(4) ? { logLevelMin: logLevelMax } : {}),
    ...(hasExclusions ? { exclusions: part.pick(EXCLUSIONS) } : {}),
    ...(part.chance(2) ? { filter: drawFilter(part) } : {}),
  };
}

/** A rule that a registry refuses. */
function wrongRuleOf(part: PartDraw): Rule {
  const right: Rule = { pattern: 'sim:*', logLevelMax: 14, target: { kind: 'all' } };
  return part.pick<Rule>([
    { ...right, filter: part.pick(WRONG_FILTERS) },
    { ...right, exclusions: ['sim:a', '*'] },
    { ...right, pattern: 'sim:a', exclusions: ['sim:b'] },
    { ...right, logLevelMax: 6, logLevelMin: 7 },
  ]);
}

const CREATION: Operation = {
  op: 'session.create',
  name: SESSION,
  output: '/home/alice/trace',
};

/** One session. Its user adds rules, disables them, and enables them again at other levels. */
function changesOf(part: PartDraw, extras: readonly ('idle' | 'carrying')[]): ScriptStep[] {
  let rules: Rule[] = [];
  let isActive = false;
  let isDisabled = false;
  const steps: ScriptStep[] = [];
  let at = SERVING_MS + CHANGE_MS;
  const ask = (operation: Operation, expected?: ClientErrorCode): void => {
    steps.push(operationsAt(at, [operation], expected));
    at += CHANGE_MS;
  };
  const enable = (rule: Rule): Operation => {
    rules = [...rules.filter(({ pattern }) => pattern !== rule.pattern), rule];
    return enabling(rule);
  };
  const channel = { ...part.channel(CHANNEL), switchTimerUs: 20_000, readTimerUs: 10_000 };
  steps.push(
    operationsAt(SERVING_MS, [
      CREATION,
      { op: 'channel.add', session: SESSION, channel },
      ...(extras.includes('idle') ? idleChannel(channel) : []),
      ...(extras.includes('carrying') ? CARRYING : []),
      ...Array.from({ length: part.between(0, 3) }, () => enable(ruleOf(part))),
    ]),
  );
  const change = (): void => {
    const known = rules[part.between(0, Math.max(0, rules.length - 1))];
    switch (part.between(0, 12)) {
      case 0:
      case 1:
        return ask(enable(ruleOf(part)));
      case 2:
        return ask(enable(enabledAgain(part, known ?? ruleOf(part))));
      case 3:
      case 4: {
        const pattern = known?.pattern ?? 'sim:none';
        rules = rules.filter((rule) => rule !== known);
        const target = known !== undefined && part.chance(2) ? known.target : undefined;
        return ask(disabling(pattern, target), known === undefined ? 'NO_RULE' : undefined);
      }
      case 5:
        return ask({ op: 'channel.add', session: SESSION, channel }, 'CHANNEL_EXISTS');
      case 6:
        return ask(CREATION, 'SESSION_EXISTS');
      case 7:
        return ask({ op: 'session.get', session: SESSION });
      case 8:
        return ask(enabling(wrongRuleOf(part)), 'INVALID_RULE');
      case 9: {
        isDisabled = !isDisabled;
        return ask(
          isDisabled
            ? { op: 'channel.disable', session: SESSION, channels: [CHANNEL] }
            : { op: 'channel.add', session: SESSION, channel, orEnable: true },
        );
      }
      default: {
        const op = isActive
          ? part.pick(['session.stop', 'session.pause'] as const)
          : 'session.start';
        isActive = !isActive;
        return ask({ op, session: SESSION });
      }
    }
  };
  while (at < DURATION_MS) change();
  ask({ op: 'session.destroy', session: SESSION });
  return steps;
}

function enabling({ pattern, target, ...rule }: Rule): Operation {
  const selection = selectionOf(rule);
  const patterns = [pattern];
  return { op: 'event.enable', session: SESSION, channel: CHANNEL, patterns, ...selection, target };
}

function disabling(pattern: string, target: Target | undefined): Operation {
  const patterns = [pattern];
  const of = target === undefined ? {} : { target };
  return { op: 'event.disable', session: SESSION, channel: CHANNEL, patterns, ...of };
}

/** The same rule, or one of its name and target beside it. */
function enabledAgain(part: PartDraw, known: Rule): Rule {
  const { pattern, target } = known;
  return part.chance(2) ? known : { pattern, target, ...selectionFor(pattern, part) };
}

/** The events of one rule carry contexts, others that match its channel do not. */
const CARRYING: readonly Operation[] = [
  enabling({ pattern: 'sim:a', logLevelMax: LOG_LEVEL_ALL, target: { kind: 'all' } }),
  { op: 'context.add', session: SESSION, events: ['sim:a'], contexts: [TURN, 'procname'] },
];

/** A channel in which no rule is enabled when the session starts. */
function idleChannel(settings: ChannelSettings): Operation[] {
  const of = { session: SESSION, channel: 'idle', patterns: ['*'] };
  return [
    { op: 'channel.add', session: SESSION, channel: { ...settings, name: 'idle' } },
    { op: 'event.enable', ...of, logLevelMax: LOG_LEVEL_ALL, target: { kind: 'all' } },
    { op: 'event.disable', ...of },
  ];
}

/** Between the changes of rules, events get contexts: those of the channel, of all channels, or of rules. */
function contextsOf(part: PartDraw): ScriptStep[] {
  const changes = (DURATION_MS - SERVING_MS) / CHANGE_MS - 2;
  const turns = Array.from({ length: part.between(0, 4) }, () => part.between(1, changes));
  return turns
    .toSorted((one, other) => one - other)
    .map((turn) => ({
      at: SERVING_MS + turn * CHANGE_MS + CHANGE_MS / 2,
      do: 'lttng',
      command: {
        kind: 'operations',
        operations: [drawContexts(part, SESSION, CHANNEL, part.pick(PATTERNS))],
        tolerated: CONTEXT_REFUSALS,
      },
    }));
}

/** Sometimes the session traces not all processes. */
function trackingOf(part: PartDraw): ScriptStep[] {
  if (part.chance(2)) return [];
  const changes = (DURATION_MS - SERVING_MS) / CHANGE_MS - 2;
  const turns = Array.from({ length: part.between(1, 6) }, () => part.between(1, changes));
  return turns
    .toSorted((one, other) => one - other)
    .map((turn) => SERVING_MS + turn * CHANGE_MS + CHANGE_MS / 4)
    .map((at) => trackingAt(part, at, SESSION, TRACKING_REFUSALS));
}

/** Sometimes `lttng record` runs beside it, with an application that no other session should record. */
function recordingOf(part: PartDraw): ScriptStep[] {
  if (part.chance(2)) return [];
  return [
    {
      at: part.between(SERVING_MS, DURATION_MS / 2),
      do: 'lttng',
      command: {
        kind: 'record',
        name: 'spawned',
        output: '/home/alice/spawned',
        patterns: ['*'],
        workload: { steps: workloadOf(part).steps.slice(0, 5) },
      },
    },
  ];
}
