/**
 * L1: sessions with so many rules that lists and session states need several messages. In some runs a hostile peer
 * makes the registry queue as many bytes as it allows.
 */
import type { Operation } from '../../src/wire/control/messages.ts';
import type { Attack, TargetRegistry } from '../input/attack.ts';
import { Draw, type PartDraw } from '../input/draw.ts';
import { type Scenario, type ScenarioInput, type ScriptStep } from '../input/scenario.ts';
import type { Workload, WorkStep } from '../input/workload.ts';
import { enabling, onlyAlice, operationsAt, SERVING_MS, sideBySide, untimed } from './parts.ts';

/** Together they describe a session of about the maximum size in bytes. */
const RULES = 110;
const PATTERN_CHARACTERS = 240;
const SESSIONS = [3, 3, 4] as const;
const DURATION_MS = 300;
const PLACE: TargetRegistry = { directory: '/home/alice/.lttng-ts', uid: 1001 };
const GORGE_ONE_IN = 8;
const HOARD_ONE_IN = 24;
const ATTACK_MS = 100;
/** When an attack is certainly over. */
const END_MS = 1500;

export const l1: Scenario = {
  id: 'L1',
  title: 'sessions larger than one message, and peers that do not read what the registry sends',
  marks: ['event-recorded', 'registry-of-a-user'],
  draw,
};

function draw(seed: number): ScenarioInput {
  const draws = new Draw(seed);
  const whole = draws.of('whole');
  const sessions = Array.from({ length: whole.pick(SESSIONS) }, (_, index) => `large-${index}`);
  const applications = Array.from({ length: whole.between(1, 2) }, (_, index) =>
    applicationOf(draws.of(`application ${index}`), sessions.length),
  );
  const attacks: Attack[] = [
    ...(whole.chance(GORGE_ONE_IN) ? [{ kind: 'unread-replies', of: PLACE } as const] : []),
    ...(whole.chance(HOARD_ONE_IN) ? [{ kind: 'unfinished-frames', of: PLACE } as const] : []),
  ];
  const commands: ScriptStep[] = [
    ...sessions.map((session, index) => operationsAt(SERVING_MS, operationsOf(session, index))),
    { at: DURATION_MS, do: 'lttng', command: { kind: 'list' } },
    ...sessions.map((session) =>
      operationsAt(attacks.length > 0 ? END_MS : DURATION_MS, [{ op: 'session.destroy', session }]),
    ),
  ];
  return {
    seed,
    ...onlyAlice(false),
    scripts: [
      { user: 'alice', steps: [{ at: 0, do: 'sessiond' }] },
      ...sideBySide('alice', applications),
      { user: 'alice', steps: commands },
      ...attacks.map((attack) => ({
        user: 'alice',
        steps: [{ at: ATTACK_MS, do: 'attack', attack } as const],
      })),
    ],
    samplesAt: [whole.between(1, DURATION_MS)],
  };
}

/** Each session records one event class, and its rules name very many classes that no application has. */
function operationsOf(session: string, index: number): Operation[] {
  const shape = { subbufferBytes: 4096, subbufferCount: 4, overwrite: false };
  const others = Array.from(
    { length: RULES },
    (_, rule) => `${'x'.repeat(PATTERN_CHARACTERS)}${rule}`,
  );
  return [
    { op: 'session.create', name: session, output: `/home/alice/${session}` },
    { op: 'channel.add', session, channel: untimed('only', shape) },
    enabling(session, 'only', [`sim:class_${index}`, ...others]),
    { op: 'session.start', session },
  ];
}

function applicationOf(part: PartDraw, classes: number): ScriptStep {
  const steps: WorkStep[] = [];
  for (let at = part.between(20, 60); at < DURATION_MS; at += part.between(20, 60)) {
    const of = `class_${part.between(0, classes - 1)}`;
    steps.push({ at, do: 'emit', of, count: part.between(1, 3), characters: 10 });
  }
  const workload: Workload = { steps };
  return { at: part.between(0, 20), do: 'application', workload };
}
