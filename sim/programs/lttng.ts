/** The `lttng` program of a simulated machine, and the registry that it starts. */

import type { Plan } from '../../actors/client/plans/plan.ts';
import { isLeftBehind } from '../../actors/client/plans/record.ts';
import { startClient } from '../../actors/programs/client.ts';
import type { World } from '../../src/port/world.ts';
import type { UserCommand } from '../input/command.ts';
import { versionIn } from '../input/installation.ts';
import { kernelPartsIn } from '../ledger/kernel-parts.ts';
import type { CommandAccount, Ledger } from '../ledger/ledger.ts';
import type { RunContext } from '../ledger/run-context.ts';
import { type SessionAccount, sessionsIn } from '../ledger/sessions.ts';
import { planOf } from './command-plan.ts';

export const SESSIOND = 'lttng-ts:lttng-sessiond';

export function lttng(
  { ledger, now, whoHas, whoServed, systems, inspect, onAsked, onAnswered }: RunContext,
  world: World,
  command: UserCommand,
): void {
  const { identity } = world;
  const plan = planOf(command, identity);
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
    tolerated: command.tolerated ?? [],
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
      if (command.kind === 'record') account.leavesSession = isLeftBehind(plan, results);
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
