/**
 * S2: a user traces applications that already run: her own, and those of another user when she is in the group.
 * Somebody outside the group is refused by the global registry, and traces his own with one of his own.
 */
import type { Operation } from '../../src/wire/control/messages.ts';
import { LOG_LEVEL_ALL, type UserCommand } from '../commands.ts';
import { Draw, type PartDraw } from '../draw.ts';
import {
  type Scenario,
  type ScenarioInput,
  type Script,
  type ScriptStep,
  TRACING_GROUP_ID,
} from '../scenario.ts';

const DURATION_MS = 150;
/** A registry that is started at 0 serves by then. */
const SERVING_MS = 10;

export const s2: Scenario = {
  id: 'S2',
  title: 'a user traces applications that already run, also of another user through the group',
  draw,
};

function draw(seed: number): ScenarioInput {
  const draws = new Draw(seed);
  const whole = draws.of('whole');
  const isGlobal = !whole.chance(3);
  const isAliceInGroup = whole.chance(2);
  // Root's first command would start a global registry in the middle, and alice would lose sight of her own one.
  const third = isGlobal ? 'root' : 'bob';
  const tracers = whole.pick<readonly string[]>([['alice'], ['alice', 'bob'], ['alice', third]]);
  const scripts: Script[] = isGlobal ? [{ user: 'root', steps: [{ at: 0, do: 'sessiond' }] }] : [];
  for (const [index, user] of ['alice', 'bob'].entries()) {
    const part = draws.of(`applications of ${user}`);
    const starts = Array.from({ length: part.between(index === 0 ? 0 : 1, 3) }, () =>
      part.between(0, DURATION_MS / 2),
    );
    const steps = starts
      .sort((one, other) => one - other)
      .map((at): ScriptStep => ({ at, do: 'application', workload: part.workload(DURATION_MS) }));
    scripts.push({ user, steps });
  }
  for (const user of tracers) {
    scripts.push({ user, steps: commandsOf(draws.of(`commands of ${user}`), user) });
  }
  if (isGlobal && whole.chance(3)) {
    scripts.push({ user: 'carol', steps: [{ at: SERVING_MS, do: 'lttng', command: refused() }] });
  }
  const samples = draws.of('samples');
  return {
    seed,
    users: [
      { name: 'alice', uid: 1001, gid: 1001, groups: isAliceInGroup ? ['tracing'] : [] },
      { name: 'bob', uid: 1002, gid: 1002, groups: [] },
      { name: 'carol', uid: 1003, gid: 1003, groups: [] },
    ],
    groups: { root: 0, alice: 1001, bob: 1002, carol: 1003, tracing: TRACING_GROUP_ID },
    scripts,
    samplesAt: Array.from({ length: 4 }, () => samples.between(1, 2 * DURATION_MS)).sort(
      (one, other) => one - other,
    ),
  };
}

/** A session from `create` to `destroy`, stopped and started again on the way. */
function commandsOf(part: PartDraw, user: string): ScriptStep[] {
  const session = `of-${user}`;
  const home = user === 'root' ? '/root' : `/home/${user}`;
  const channel = part.channel('small');
  const begin: Operation[] = [
    { op: 'session.create', name: session, output: `${home}/trace` },
    { op: 'channel.add', session, channel },
    {
      op: 'event.enable',
      session,
      channel: channel.name,
      patterns: [part.pick(['*', '*', 'sim:*', 'sim:a'])],
      logLevelMax: LOG_LEVEL_ALL,
      target: part.pick([
        { kind: 'all' },
        { kind: 'all' },
        { kind: 'command', name: 'application' },
      ]),
    },
    { op: 'session.start', session },
  ];
  const commands = [command(begin)];
  for (let restarts = part.between(0, 2); restarts > 0; restarts--) {
    commands.push(command([{ op: 'session.stop', session }]));
    if (part.chance(2)) commands.push(command([{ op: 'app.list', from: 0 }]));
    commands.push(command([{ op: 'session.start', session }]));
  }
  if (part.chance(2)) commands.push(command([{ op: 'session.stop', session }]));
  commands.push(command([{ op: 'session.destroy', session }]));
  const times = commands.map(() => part.between(SERVING_MS, DURATION_MS));
  times.sort((one, other) => one - other);
  return commands.map((each, index) => ({ at: times[index] ?? 0, do: 'lttng', command: each }));
}

function command(operations: readonly Operation[]): UserCommand {
  return { kind: 'operations', operations };
}

/** Somebody outside the group who does not want a registry of his own. */
function refused(): UserCommand {
  return {
    kind: 'operations',
    operations: [{ op: 'session.list', from: 0 }],
    expected: 'NO_REGISTRY',
    startsNoRegistry: true,
  };
}
