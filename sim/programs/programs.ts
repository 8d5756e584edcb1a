/**
 * The programs of the simulated machine: the shipped ones, and those that users of a scenario run. A program's
 * arguments are text, as they are on a real machine; data of a scenario is passed as JSON.
 */

import { startConsumer } from '../../actors/programs/consumer.ts';
import { startRelayd } from '../../actors/programs/relayd.ts';
import { startSessiond } from '../../actors/programs/sessiond.ts';
import type { World } from '../../src/port/world.ts';
import { LiveMemory } from '../../src/relay/live-memory.ts';
import type { Inspect } from '../../src/runtime/system.ts';
import { DEFAULT_GROUP } from '../../src/wire/endpoints.ts';
import { MAX_SIZE_OPTION, SNAPSHOT_OPTION } from '../../src/wire/launch.ts';
import { runHostile } from '../adversaries/adversary.ts';
import type { Attack } from '../input/attack.ts';
import type { UserCommand } from '../input/command.ts';
import {
  RELAY_PORTS,
  type RelaySettings,
  type SenderSettings,
  type ViewSettings,
} from '../input/relay.ts';
import type { Script } from '../input/scenario.ts';
import type { Workload } from '../input/workload.ts';
import type { AdversaryAccount, Ledger } from '../ledger/ledger.ts';
import type { Actors, RunContext } from '../ledger/run-context.ts';
import { sessionsIn } from '../ledger/sessions.ts';
import { DESCRIPTORS_MAX } from '../machine/process/process.ts';
import type { Program } from '../machine/process/program.ts';
import { runApplication } from './application.ts';
import { lttng, uuidOf, withUuids } from './lttng.ts';
import { NotedMemory } from './noted-memory.ts';
import { Sender } from './sender.ts';
import { runScript } from './shell-script.ts';
import { runViewer } from './viewer.ts';

/** What follows the option; undefined: it is not there. */
function valueOf(options: readonly string[], name: string): string | undefined {
  return options.includes(name) ? options[options.indexOf(name) + 1] : undefined;
}

/** Programs by name; `lttng-ts:NAME` refers to them. */
export function programsFor(context: RunContext): Readonly<Record<string, Program>> {
  const inspect = ({ identity }: World): Inspect | undefined => context.inspect?.(identity.pid);
  const adopt = ({ identity }: World, system: Actors): void => {
    context.systems.set(context.whoHas(identity.pid), system);
  };
  return {
    'lttng-sessiond': (world) =>
      adopt(
        world,
        startSessiond(world, {
          group: () => context.groupOf(world.identity.uid) ?? DEFAULT_GROUP,
          inspect: inspect(world),
        }),
      ),
    'ust-consumerd': (world, args) => adopt(world, consumer('user', world, args, inspect(world))),
    'ltt-consumerd': (world, args) => adopt(world, consumer('kernel', world, args, inspect(world))),
    lttng: (world, [command = '']) =>
      lttng(context, world, withUuids(JSON.parse(command) as UserCommand, context.ledger)),
    application: (world, [workload = '']) =>
      runApplication(context, world, JSON.parse(workload) as Workload),
    'lttng-relayd': (world, [settings = '']) =>
      adopt(world, relayd(context, world, JSON.parse(settings) as RelaySettings)),
    sender: (world, [settings = '']) =>
      void new Sender(context, world, JSON.parse(settings) as SenderSettings),
    viewer: (world, [settings = '']) =>
      runViewer(context, world, JSON.parse(settings) as ViewSettings),
    adversary: (world, [attack = '']) =>
      hostile(context, world, withUuid(JSON.parse(attack) as Attack, context.ledger)),
    script: (world, [script = '']) => runScript(context, world, JSON.parse(script) as Script),
  };
}

function consumer(
  domain: 'user' | 'kernel',
  world: World,
  [scope, sessionUuid = '', ...options]: readonly string[],
  inspect: Inspect | undefined,
): Actors {
  const bytes = valueOf(options, MAX_SIZE_OPTION);
  return startConsumer(world, {
    domain,
    scope: scope === 'global' ? 'global' : 'user',
    sessionUuid,
    snapshot: valueOf(options, SNAPSHOT_OPTION),
    bytesMax: bytes === undefined ? undefined : Number(bytes),
    into: valueOf(options, '--into'),
    inspect,
  });
}

/** All addresses of its host; viewers, too. */
function relayd(
  { ledger, whoHas, inspect }: RunContext,
  world: World,
  { output, grouping, forwardTo: hosts = [], liveMemoryBytes }: RelaySettings,
): Actors {
  const { pid, uid } = world.identity;
  const memory =
    liveMemoryBytes === undefined ? undefined : new NotedMemory(new LiveMemory(liveMemoryBytes));
  ledger.relays.push({ who: whoHas(pid), uid, output, ...(memory && { memory }) });
  const listeners = (['control', 'data', 'live'] as const).map((listener) => ({
    listener,
    address: { host: '0.0.0.0', port: RELAY_PORTS[listener] },
  }));
  const ports = [RELAY_PORTS.control, RELAY_PORTS.data];
  const forwardTo = hosts.map((host) => ({ host, ports }));
  return startRelayd(world, {
    listeners,
    output,
    grouping,
    isClearAllowed: true,
    forwardTo,
    liveMemory: memory,
    descriptors: DESCRIPTORS_MAX,
    inspect: inspect?.(pid),
  });
}

/** As {@link withUuids}, for an attack, which may also need the token of `@USER`. */
function withUuid(attack: Attack, ledger: Ledger): Attack {
  if (attack.kind === 'claimed-token') {
    const lender = ledger.adversaries.findLast(
      ({ user, lent }) => lent !== undefined && attack.token === `@${user}`,
    );
    return { ...attack, token: lender?.lent ?? attack.token };
  }
  if (
    attack.kind !== 'attach-consumer' &&
    attack.kind !== 'lying-consumer' &&
    attack.kind !== 'pinned-snapshot'
  )
    return attack;
  return { ...attack, session: uuidOf(attack.session, sessionsIn(ledger)) };
}

function hostile({ ledger, now, makeLink }: RunContext, world: World, attack: Attack): void {
  const { pid, uid } = world.identity;
  const user = world.users.userName(uid) ?? '';
  const account: AdversaryAccount = {
    ...{ pid, user, attack, connectedAt: undefined, endedAt: undefined },
    ...{ heard: [], callers: [], granted: [], lent: undefined, heldBytes: 0 },
    ports: [],
  };
  ledger.adversaries.push(account);
  const link = (path: string, target: string): void => makeLink(user, path, target);
  runHostile(world, attack, account, { now, link });
}
