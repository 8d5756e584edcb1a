/**
 * The programs of the simulated machine: those that ship, and the ones that users of a scenario run. A program's
 * arguments are text, as they are on a real machine; what is data in a scenario travels as JSON.
 */

import { SNAPSHOT_OPTION } from '../actors/client/context.ts';
import type { Plan } from '../actors/client/plan.ts';
import { startClient } from '../actors/programs/client.ts';
import { startConsumer } from '../actors/programs/consumer.ts';
import { DEFAULT_GROUP } from '../actors/programs/places.ts';
import { startSessiond } from '../actors/programs/sessiond.ts';
import type { World } from '../src/port/world.ts';
import type { Inspect, System } from '../src/runtime/system.ts';
import { runApplication } from './application.ts';
import { APPLICATION_PROGRAM, planOf, type UserCommand } from './commands.ts';
import { runHostile, type Trick } from './hostile/program.ts';
import type { CommandAccount, HostileAccount, Ledger, StepAccount } from './ledger.ts';
import type { Script, ScriptStep } from './scenario.ts';
import { type SessionAccount, sessionsIn } from './sessions.ts';
import { VERSION_VARIABLE, versionIn, versionText } from './versions.ts';
import type { Workload } from './workload.ts';
import type { Program } from './world/machine.ts';

/** What can be counted of the actors of a process. */
export type Actors = Pick<System, 'counts'>;

/** What the programs of a run share with those who look on. */
export interface Onlooker {
  readonly ledger: Ledger;
  /** Nanoseconds since the machine started; looking costs no time. */
  readonly now: () => number;
  /** A name for the process that has this id now, which no other has. */
  readonly whoHas: (pid: number) => string;
  /** The registry that has this id, or had it last. */
  readonly whoServed: (pid: number) => string | undefined;
  /** Kills the process at its `n`th World call from now. */
  readonly killAtCall: (pid: number, n: number) => void;
  /** A request was sent, just now. */
  readonly onAsked?: (op: string, account: CommandAccount) => void;
  /** A step of a command was answered, just now. */
  readonly onAnswered: (command: CommandAccount, step: StepAccount) => void;
  /** Sends SIGTERM to the registries of this user. */
  readonly terminate: (uid: number) => void;
  /** The group that the configuration of the user's registries names; undefined: none, so the usual one. */
  readonly groupOf: (uid: number) => string | undefined;
  /** Names another one there, and sends SIGHUP to the registries of this user. */
  readonly regroup: (uid: number, group: string) => void;
  /** The actors of each process. */
  readonly systems: Map<string, Actors>;
  /** Sees what happens inside the actors of a process. */
  readonly inspect: ((pid: number) => Inspect) | undefined;
}

const SESSIOND = 'lttng-ts:lttng-sessiond';

/** Programs by the names under which `lttng-ts:NAME` finds them. */
export function programsFor(onlooker: Onlooker): Readonly<Record<string, Program>> {
  const inspect = ({ identity }: World): Inspect | undefined => onlooker.inspect?.(identity.pid);
  const adopt = ({ identity }: World, system: Actors): void => {
    onlooker.systems.set(onlooker.whoHas(identity.pid), system);
  };
  return {
    'lttng-sessiond': (world) =>
      adopt(
        world,
        startSessiond(world, {
          group: () => onlooker.groupOf(world.identity.uid) ?? DEFAULT_GROUP,
          inspect: inspect(world),
        }),
      ),
    'ust-consumerd': (world, [scope, sessionUuid = '', ...options]) =>
      adopt(
        world,
        startConsumer(world, {
          scope: scope === 'global' ? 'global' : 'user',
          sessionUuid,
          snapshot: options[0] === SNAPSHOT_OPTION ? options[1] : undefined,
          into: options.includes('--into') ? options[options.indexOf('--into') + 1] : undefined,
          inspect: inspect(world),
        }),
      ),
    lttng: (world, [command = '']) =>
      lttng(onlooker, world, withUuids(JSON.parse(command) as UserCommand, onlooker.ledger)),
    application: (world, [workload = '']) =>
      runApplication(onlooker, world, JSON.parse(workload) as Workload),
    hostile: (world, [trick = '']) =>
      hostile(onlooker, world, withUuid(JSON.parse(trick) as Trick, onlooker.ledger)),
    script: (world, [script = '']) => runScript(onlooker, world, JSON.parse(script) as Script),
  };
}

function lttng(
  { ledger, now, whoHas, whoServed, systems, inspect, onAsked, onAnswered }: Onlooker,
  world: World,
  command: UserCommand,
): void {
  const { identity } = world;
  const account: CommandAccount = {
    who: whoHas(identity.pid),
    user: world.users.userName(identity.uid) ?? '',
    uid: identity.uid,
    ahead: versionIn(identity.environment).ahead,
    startedAt: now(),
    steps: [],
    doneAt: undefined,
    results: [],
    scope: undefined,
    registry: undefined,
    isRecovery: command.kind === 'recover',
    expected: command.kind === 'operations' ? command.expected : undefined,
    tolerated: (command.kind === 'record' ? undefined : command.tolerated) ?? [],
  };
  ledger.commands.push(account);
  const answerLast = (): void => {
    const last = account.steps.at(-1);
    if (last === undefined || last.answeredAt !== undefined) return;
    last.answeredAt = now();
    onAnswered(account, last);
  };
  const startsNone =
    command.kind === 'snapshot' ||
    command.kind === 'list' ||
    command.kind === 'recover' ||
    (command.kind === 'operations' && command.startsNoRegistry === true);
  const system = startClient(world, {
    inspect: inspect?.(identity.pid),
    plan: told(account, planOf(command, identity)),
    sessiond: startsNone ? undefined : { program: SESSIOND, args: [] },
    onRegistry: ({ pid, scope }) => {
      account.registry = whoServed(pid);
      account.scope = scope;
    },
    onStep: (step) => {
      answerLast();
      const operation = step.kind === 'request' ? step.operation : undefined;
      const snapshot = step.kind === 'snapshot' ? step : undefined;
      const isAskedAgain = step.kind === 'request' && step.isAskedAgain === true;
      const asked = { operation, snapshot, isAskedAgain, askedAt: now(), answeredAt: undefined };
      account.steps.push(asked);
      if (operation !== undefined) onAsked?.(operation.op, account);
    },
    onDone: (results) => {
      answerLast();
      account.doneAt = now();
      account.results = results;
    },
  });
  systems.set(account.who, system);
}

/** The plan; the account hears of every answer, also when the command is killed before its end. */
function told(account: CommandAccount, plan: Plan): Plan {
  return (results) => {
    account.results = results;
    return plan(results);
  };
}

/** Puts in the UUID for `@USER/NAME`, of the newest session of this name that the user made. */
function withUuids(command: UserCommand, ledger: Ledger): UserCommand {
  if (command.kind !== 'operations') return command;
  const sessions = sessionsIn(ledger);
  const operations = command.operations.map((operation) =>
    'session' in operation
      ? { ...operation, session: uuidOf(operation.session, sessions) }
      : operation,
  );
  return { ...command, operations };
}

/** The same for a trick, which may also want the token of `@USER`. */
function withUuid(trick: Trick, ledger: Ledger): Trick {
  if (trick.kind === 'borrow') {
    const lender = ledger.hostiles.findLast(
      ({ user, lent }) => lent !== undefined && trick.token === `@${user}`,
    );
    return { ...trick, token: lender?.lent ?? trick.token };
  }
  if (trick.kind !== 'attach' && trick.kind !== 'consume' && trick.kind !== 'pin') return trick;
  return { ...trick, session: uuidOf(trick.session, sessionsIn(ledger)) };
}

function uuidOf(key: string, sessions: readonly SessionAccount[]): string {
  return sessions.findLast(({ user, name }) => key === `@${user}/${name}`)?.uuid ?? key;
}

function hostile({ ledger, now }: Onlooker, world: World, trick: Trick): void {
  const { pid, uid } = world.identity;
  const user = world.users.userName(uid) ?? '';
  const account: HostileAccount = {
    ...{ pid, user, trick, connectedAt: undefined, endedAt: undefined },
    ...{ heard: [], callers: [], granted: [], lent: undefined, heldBytes: 0 },
  };
  ledger.hostiles.push(account);
  runHostile(world, trick, account, now);
}

/** A shell script: runs its steps in order, waits for commands of `lttng`, leaves the rest in the background. */
function runScript({ terminate, regroup }: Onlooker, world: World, { steps }: Script): void {
  const environmentFor = ({
    version,
  }: ScriptStep): Readonly<Record<string, string | undefined>> => ({
    ...world.identity.environment,
    ...(version === undefined ? {} : { [VERSION_VARIABLE]: versionText(version) }),
  });
  const startNs = world.clock.monotonicNs();

  const spawn = (
    step: ScriptStep,
    program: string,
    data: unknown,
    onExit: () => void = () => undefined,
  ): void => {
    const args = [JSON.stringify(data)];
    const request = { program, args, environment: environmentFor(step), style: 'inherit' as const };
    const spawned = world.processes.spawn(request, onExit);
    if (!spawned.ok) world.log('error', 'Cannot run', { program, code: spawned.error.code });
  };

  const perform = (step: ScriptStep, goOn: () => void): void => {
    if (step.do === 'lttng') {
      spawn(step, 'lttng-ts:lttng', step.command, goOn);
      return;
    }
    if (step.do === 'sessiond') {
      const environment = environmentFor(step);
      const request = { program: SESSIOND, args: [], environment, style: 'daemon' as const };
      world.processes.spawn(request, () => undefined);
    } else if (step.do === 'hostile') {
      spawn(step, 'lttng-ts:hostile', step.trick);
    } else if (step.do === 'terminate') {
      terminate(world.identity.uid);
    } else if (step.do === 'regroup') {
      regroup(world.identity.uid, step.group);
    } else {
      spawn(step, APPLICATION_PROGRAM, step.workload);
    }
    goOn();
  };

  const next = (index: number): void => {
    const step = steps[index];
    if (step === undefined) return;
    const passedMs = Number((world.clock.monotonicNs() - startNs) / 1_000_000n);
    world.clock.setTimer(Math.max(0, step.at - passedMs), () =>
      perform(step, () => next(index + 1)),
    );
  };
  next(0);
}
