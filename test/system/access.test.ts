/** Checks every entry of the table of access rights on the simulated machine. */
import { expect, it } from 'vitest';
import { inOrder } from '../../actors/client/plans/plan.ts';
import { startClient } from '../../actors/programs/client.ts';
import type { Workload } from '../../sim/input/workload.ts';
import { namesIn } from '../../sim/ledger/from-machine.ts';
import { emptyLedger } from '../../sim/ledger/ledger.ts';
import { type SimProcess, Simulation } from '../../sim/machine/simulation.ts';
import { programsFor } from '../../sim/programs/programs.ts';
import type { Operation, SessionInfo } from '../../src/wire/control/messages.ts';
import { attempt, type Probe } from '../support/access/probes.ts';
import { render, type Stage, TABLE, USERS, type User } from '../support/access/table.ts';

const SETTLE_MS = 200;
const ANSWER_MS_MAX = 20_000;

/** An application that emits a few events and keeps running. */
const STAY: Workload = {
  steps: [
    { at: 0, do: 'define', of: 'a' },
    { at: 3_600_000, do: 'exit', code: 0 },
  ],
};

function makeMachine() {
  const simulation: Simulation = new Simulation({
    seed: 11,
    users: [
      { name: 'alice', uid: 1001, gid: 1001, groups: ['tracing'] },
      // By the primary group, which counts as much as a supplementary one.
      { name: 'bob', uid: 1002, gid: 2000, groups: [] },
      { name: 'carol', uid: 1003, gid: 1003, groups: [] },
    ],
    groups: { alice: 1001, carol: 1003, tracing: 2000 },
    programs: programsFor({
      ledger: emptyLedger(),
      onAnswered: () => undefined,
      terminate: () => undefined,
      now: () => simulation.now,
      groupOf: () => undefined,
      kernelDoes: () => undefined,
      interrupt: () => undefined,
      regroup: () => undefined,
      makeLink: () => undefined,
      ...namesIn(() => simulation),
      killAtCall: () => undefined,
      systems: new Map(),
      inspect: undefined,
    }),
  });
  const hands = Object.fromEntries(
    USERS.map((user) => [user, simulation.login(user)] as const),
  ) as Record<User, SimProcess>;
  const start = (user: User, program: string, args: readonly string[] = []): number => {
    const { pid } = simulation.spawn(user, program, args);
    simulation.run({ forMs: SETTLE_MS });
    return pid;
  };
  const session = (
    user: User,
    name: string,
    operations: Parameters<typeof inOrder>[0],
  ): SessionInfo => {
    let info: SessionInfo | undefined;
    startClient(hands[user].world, {
      plan: inOrder([
        { op: 'session.create', name, output: `/home/${user}/${name}` },
        ...operations,
      ]),
      sessiond: undefined,
      onDone: (results) => {
        const last = results.at(-1);
        if (last?.kind === 'reply') info = last.value.session;
      },
    });
    simulation.run({ forMs: ANSWER_MS_MAX });
    if (info === undefined) throw new Error(`session ${name} of ${user} cannot be made`);
    return info;
  };
  return { simulation, hands, start, session };
}

it('the table of access rights holds in the simulator', () => {
  const { simulation, hands, start, session } = makeMachine();
  start('root', 'lttng-sessiond');
  start('carol', 'lttng-sessiond');
  const alicesApp = start('alice', 'application', [JSON.stringify(STAY)]);
  const carolsApp = start('carol', 'application', [JSON.stringify(STAY)]);
  const rule = (name: string): Operation => ({
    op: 'event.enable',
    session: name,
    patterns: ['sim:*'],
    logLevelMax: 14,
    target: { kind: 'all' },
  });
  const web = session('alice', 'web', [rule('web'), { op: 'session.start', session: 'web' }]);
  const mine = session('carol', 'mine', [rule('mine'), { op: 'session.start', session: 'mine' }]);
  for (const user of USERS) session('alice', `spare-${user}`, []);
  const stage: Stage = {
    uids: { root: 0, alice: 1001, bob: 1002, carol: 1003 },
    homes: { root: '/root', alice: '/home/alice', bob: '/home/bob', carol: '/home/carol' },
    runDirectory: '/run/lttng-ts',
    carolsDirectory: '/home/carol/.lttng-ts',
    webUuid: web.uuid,
    mineUuid: mine.uuid,
    webOutput: web.output ?? '',
    mineOutput: mine.output ?? '',
    alicesApp,
    carolsApp,
    segments: simulation.segments(),
  };
  const probe = (user: User, what: Probe): string => {
    let word: string | undefined;
    attempt(hands[user].world, what, (outcome) => {
      word ??= outcome;
    });
    if (word === undefined) simulation.run({ forMs: ANSWER_MS_MAX });
    return word ?? 'no answer';
  };
  const seen = TABLE.map((row) => USERS.map((user) => probe(user, row.probe(stage, user))));
  expect(`\n${render(seen)}\n`).toBe(`\n${render(TABLE.map(({ expected }) => expected))}\n`);
  expect(simulation.violations).toEqual([]);
});
