/** The `lttng` program of a simulated machine, and the registry that it starts. */

import type { Plan, StepResult } from '../../actors/client/plans/plan.ts';
import { isLeftBehind } from '../../actors/client/plans/record.ts';
import { startClient } from '../../actors/programs/client.ts';
import type { World } from '../../src/port/world.ts';
import { isKept, type KeptCommand, type UserCommand } from '../input/command.ts';
import { versionIn } from '../input/installation.ts';
import { kernelPartsIn } from '../ledger/kernel-parts.ts';
import type { CommandAccount, KeptAccount, Ledger } from '../ledger/ledger.ts';
import type { RunContext } from '../ledger/run-context.ts';
import { type SessionAccount, sessionsIn } from '../ledger/sessions.ts';
import { planOf } from './command-plan.ts';
import { courseOf } from './kept-command.ts';

export const SESSIOND = 'lttng-ts:lttng-sessiond';

export function lttng(context: RunContext, world: World, command: UserCommand): void {
  if (isKept(command)) {
    follow(context, world, command);
    return;
  }
  const plan = planOf(command, world.identity);
  const startsNone =
    command.kind === 'snapshot' ||
    command.kind === 'list' ||
    command.kind === 'recover' ||
    (command.kind === 'operations' && command.startsNoRegistry === true);
  const account = accountOf(context, world, {
    isRecovery: command.kind === 'recover',
    expected: command.kind === 'operations' ? command.expected : undefined,
    tolerated: command.tolerated ?? [],
  });
  carryOut(context, world, { account, plan, startsNone }, (results) => {
    if (command.kind === 'record') account.leavesSession = isLeftBehind(plan, results);
  });
}

/** Carries out the plans of a course, one after the other; each has an account of its own. */
function follow(context: RunContext, world: World, command: KeptCommand): void {
  const { ledger, now, whoHas } = context;
  const { identity } = world;
  const kept: KeptAccount = {
    who: whoHas(identity.pid),
    uid: identity.uid,
    user: world.users.userName(identity.uid) ?? '',
    home: identity.homeDirectory,
    command,
    startedAt: now(),
    parts: [],
    ...{ saved: undefined, answeredAt: undefined, doneAt: undefined, outcome: undefined },
  };
  ledger.kept.push(kept);
  const course = courseOf(world, kept);
  const { tolerated = [] } = command;
  const go = (leg: ReturnType<typeof course.next>): void => {
    if (leg.done === true) {
      kept.outcome = leg.value;
      kept.doneAt = now();
      return;
    }
    const { plan, start } = leg.value;
    const how = { isRecovery: false, expected: undefined, tolerated };
    const account = accountOf(context, world, how);
    kept.parts.push(account);
    const startsNone = start === 'running-registry';
    carryOut(context, world, { account, plan, startsNone }, (results) => {
      kept.answeredAt = now();
      go(course.next(results));
    });
  };
  go(course.next());
}

function accountOf(
  { ledger, now, whoHas }: RunContext,
  { identity, users }: World,
  how: Pick<CommandAccount, 'isRecovery' | 'expected' | 'tolerated'>,
): CommandAccount {
  const account: CommandAccount = {
    who: whoHas(identity.pid),
    user: users.userName(identity.uid) ?? '',
    uid: identity.uid,
    ahead: versionIn(identity.environment).ahead,
    startedAt: now(),
    steps: [],
    doneAt: undefined,
    results: [],
    scope: undefined,
    registry: undefined,
    ...how,
  };
  ledger.commands.push(account);
  return account;
}

interface Errand {
  readonly account: CommandAccount;
  readonly plan: Plan;
  readonly startsNone: boolean;
}

function carryOut(
  { now, whoServed, systems, inspect, onAsked, onAnswered }: RunContext,
  world: World,
  { account, plan, startsNone }: Errand,
  onDone: (results: readonly StepResult[]) => void,
): void {
  const { identity } = world;
  const answerLast = (): void => {
    const last = account.steps.at(-1);
    if (last === undefined || last.answeredAt !== undefined) return;
    last.answeredAt = now();
    onAnswered(account, last);
  };
  const system = startClient(world, {
    inspect: inspect?.(identity.pid),
    plan: accountedPlan(account, plan),
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
      onDone(results);
    },
  });
  systems.set(account.who, system);
}

/** The plan, which stores every answer in the account, also when the command is killed before its end. */
function accountedPlan(account: CommandAccount, plan: Plan): Plan {
  return (results) => {
    account.results = results;
    return plan(results);
  };
}

/**
 * Replaces `@USER/NAME` by the UUID of the newest session of this name that the user created, and `@USER/NAME/kernel`
 * by that of its newest kernel part.
 */
export function withUuids(command: UserCommand, ledger: Ledger): UserCommand {
  if (command.kind !== 'operations') return command;
  const parts = kernelPartsIn(ledger).map((part) => ({ ...part, name: `${part.name}/kernel` }));
  const sessions = [...sessionsIn(ledger), ...parts];
  const operations = command.operations.map((operation) =>
    'session' in operation
      ? { ...operation, session: uuidOf(operation.session, sessions) }
      : operation,
  );
  return { ...command, operations };
}

export function uuidOf(
  key: string,
  sessions: readonly Pick<SessionAccount, 'user' | 'name' | 'uuid'>[],
): string {
  return sessions.findLast(({ user, name }) => key === `@${user}/${name}`)?.uuid ?? key;
}
