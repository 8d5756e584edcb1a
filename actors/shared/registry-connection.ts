/**
 * A machine's connection to a registry's client socket, as all machines that have one do it: the listener must be of
 * the right user, which the kernel says, and answer `hello` with a `welcome` of our version. What comes after that,
 * and what when it fails, is in the chart of each machine.
 */
import type { Effect, EffectEvent } from '../../src/effects/contract/effects.ts';
import type { WireEvent } from '../../src/effects/contract/wire.ts';
import type { OfType, Scene } from '../../src/runtime/act.ts';
import {
  CONTROL_PROTOCOL_MAJOR,
  type ToClient,
  type ToConsumer,
  type ToRegistry,
} from '../../src/wire/control/messages.ts';
import type { RegistryCandidate } from '../../src/wire/endpoints.ts';

/** What such a machine has in its context. */
export interface RegistryConnection {
  /** Where it connects, and whose registry that must be. */
  readonly registry: RegistryCandidate;
  /** Connections made so far; the last one counts. Invariant: it never shrinks, so that an id names one connection. */
  readonly connectionCount: number;
}

type Message = ToClient | ToConsumer;

/** What becomes of a connection. Messages have been checked against the protocol. */
export type ConnectionEvent<M extends Message> =
  | OfType<EffectEvent, 'wire.opened' | 'wire.openFailed' | 'wire.closed'>
  | { type: 'wire.message'; connection: string; message: M };

/** Whatever else the machine accepts. */
type AnyEvent = ConnectionEvent<Message> | Exclude<EffectEvent, WireEvent>;
type ConnectionScene<E = AnyEvent> = Scene<RegistryConnection, E, Effect>;
type GuardScene = Pick<ConnectionScene, 'context' | 'event'>;

function connectionId({ connectionCount }: Pick<RegistryConnection, 'connectionCount'>): string {
  return `registry-${connectionCount}`;
}

export function say(context: RegistryConnection, message: ToRegistry): Effect {
  return { type: 'wire.send', connection: connectionId(context), message };
}

export const connectionGuards = {
  isThisConnection: ({ context, event }: GuardScene) =>
    'connection' in event && event.connection === connectionId(context),
  isOwnersRegistry: ({ context, event }: GuardScene) =>
    event.type === 'wire.opened' &&
    event.connection === connectionId(context) &&
    event.peer.uid === context.registry.ownerUid,
  isWelcome: ({ context, event }: GuardScene) =>
    event.type === 'wire.message' &&
    event.connection === connectionId(context) &&
    event.message.type === 'welcome' &&
    event.message.major === CONTROL_PROTOCOL_MAJOR,
};

/** `protocol`: what the registry may say on the connection. */
export function connectAs(
  { context, enqueue }: ConnectionScene,
  protocol: 'control.client' | 'control.consumer',
): void {
  const connectionCount = context.connectionCount + 1;
  enqueue.assign({ connectionCount });
  const connection = connectionId({ connectionCount });
  enqueue.emit({ type: 'wire.open', connection, path: context.registry.clientPath, protocol });
}

export function disconnect({ context, enqueue }: ConnectionScene): void {
  enqueue.emit({ type: 'wire.close', connection: connectionId(context) });
}

/** A connection that opens when the machine does not wait for it any more. */
export function closeOpened({
  event,
  enqueue,
}: ConnectionScene<OfType<EffectEvent, 'wire.opened'>>): void {
  enqueue.emit({ type: 'wire.close', connection: event.connection });
}

export function greet({ context, enqueue }: ConnectionScene): void {
  enqueue.emit({ type: 'wire.adopt', connection: connectionId(context) });
  enqueue.emit(say(context, { type: 'hello', major: CONTROL_PROTOCOL_MAJOR, minor: 0 }));
}

/** One sentence for the log, from the event that ended the attempt. */
export function whyNotJoined(event: AnyEvent): string {
  switch (event.type) {
    case 'wire.opened':
      return `the registry runs as uid ${event.peer.uid}, a stranger`;
    case 'wire.openFailed':
      return `cannot connect to ${event.error.subject} (${event.error.code})`;
    case 'wire.closed':
      return event.reason;
    case 'wire.message': {
      const { message } = event;
      return message.type === 'refused' ? message.reason : `it said "${message.type}" out of place`;
    }
    default:
      return 'the registry does not answer';
  }
}
