/**
 * `lttng-relayd`: stores what session daemons of other hosts stream to it. On SIGHUP it reads its configuration again,
 * without an interruption. Exit statuses: 0 ended on SIGTERM or SIGINT, 1 cannot start.
 */
import { limitPeerLines } from '../../src/effects/peer-log.ts';
import { createLogHandler, createProcessHandler } from '../../src/effects/processes.ts';
import { createRelayHandler } from '../../src/effects/relay.ts';
import type { World } from '../../src/port/world.ts';
import type { LiveRoom } from '../../src/relay/live-memory.ts';
import { type Inspect, type System, startSystem } from '../../src/runtime/system.ts';
import { controlLinkMachine } from '../relayd/control-link/machine.ts';
import { dataLinkMachine } from '../relayd/data-link/machine.ts';
import type { RelayInput } from '../relayd/messages.ts';
import type { RelayEvent } from '../relayd/relay/events.ts';
import { relayMachine } from '../relayd/relay/machine.ts';
import { viewerMachine } from '../relayd/viewer/machine.ts';
import { endOnFailure } from './failure.ts';

export interface RelaydOptions extends Omit<RelayInput, 'relay'> {
  /** Reads the configuration again and opens the log again; called on SIGHUP. */
  readonly reload?: () => void;
  /** Live sessions are in there, and not on the disk; absent: they are on the disk. */
  readonly liveMemory?: LiveRoom | undefined;
  /** Observes the actors. */
  readonly inspect?: Inspect | undefined;
}

export function startRelayd(host: World, options: RelaydOptions): System<RelayEvent> {
  const world: World = { ...host, log: limitPeerLines(host) };
  const { inspect, reload, liveMemory, ...input } = options;
  // Installed first, so that a signal during the start of the actors does not kill the process halfway.
  world.processes.onSignal(['SIGTERM', 'SIGINT'], (signal, isShared) =>
    system.send({ type: 'process.signalled', signal, isShared }),
  );
  world.processes.onSignal(['SIGHUP'], () => {
    reload?.();
    system.send({ type: 'configuration.read' });
  });
  const system = startSystem({
    world,
    logic: relayMachine,
    logics: {
      'control-link': controlLinkMachine,
      'data-link': dataLinkMachine,
      viewer: viewerMachine,
    },
    id: 'relay',
    inspect,
    input: { relay: 'relay', ...input },
    handlers: (deliver) => ({
      relay: createRelayHandler(world, deliver, input.forwardTo ?? [], liveMemory),
      process: createProcessHandler(world, deliver),
      log: createLogHandler(world),
    }),
    onError: endOnFailure(world),
  });
  return system;
}
