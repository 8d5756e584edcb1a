/**
 * The programs of the simulated machine: those that ship, and the ones that users of a scenario run. A program's
 * arguments are text, as they are on a real machine; what is data in a scenario travels as JSON.
 */

import { startConsumer } from '../../actors/programs/consumer.ts';
import { startSessiond } from '../../actors/programs/sessiond.ts';
import type { World } from '../../src/port/world.ts';
import type { Inspect } from '../../src/runtime/system.ts';
import { DEFAULT_GROUP } from '../../src/wire/endpoints.ts';
import { SNAPSHOT_OPTION } from '../../src/wire/launch.ts';
import { runHostile } from '../adversaries/adversary.ts';
import type { Trick } from '../input/attack.ts';
import type { UserCommand } from '../input/command.ts';
import type { Script } from '../input/scenario.ts';
import type { Workload } from '../input/workload.ts';
import type { HostileAccount, Ledger } from '../ledger/ledger.ts';
import type { Actors, Onlooker } from '../ledger/run-context.ts';
import { sessionsIn } from '../ledger/sessions.ts';
import type { Program } from '../machine/process/program.ts';
import { runApplication } from './application.ts';
import { lttng, uuidOf, withUuids } from './lttng.ts';
import { runScript } from './shell-script.ts';

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
