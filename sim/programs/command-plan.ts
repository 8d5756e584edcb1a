/** Translates a command of a script to a plan of the client. */

import { allPages, inOrder, type Plan } from '../../actors/client/plans/plan.ts';
import { recordPlan, snapshotPlan } from '../../actors/client/plans/record.ts';
import { recoverPlan } from '../../actors/client/plans/recover.ts';
import type { Identity } from '../../src/port/identity.ts';
import { SESSION_VARIABLE } from '../../src/wire/launch.ts';
import {
  APPLICATION_PROGRAM,
  type KeptCommand,
  LOG_LEVEL_ALL,
  type UserCommand,
} from '../input/command.ts';

/** `identity`: that of the `lttng` process. */
export function planOf(
  command: Exclude<UserCommand, KeptCommand>,
  { uid, environment }: Pick<Identity, 'uid' | 'environment'>,
): Plan {
  if (command.kind === 'operations') return inOrder(command.operations);
  if (command.kind === 'list') return allPages(['session.list', 'app.list']);
  if (command.kind === 'recover') return recoverPlan(uid, undefined);
  if (command.kind === 'snapshot') {
    return snapshotPlan(command.session, command.output, command.bytesMax);
  }
  const { name, output, channel, patterns, workload, onCrash } = command;
  return recordPlan({
    name,
    output,
    channel,
    patterns,
    selection: { logLevelMax: LOG_LEVEL_ALL },
    onCrash,
    command: {
      program: APPLICATION_PROGRAM,
      args: [JSON.stringify(workload)],
      environmentIn: (uuid) => ({ ...environment, [SESSION_VARIABLE]: uuid }),
    },
  });
}
