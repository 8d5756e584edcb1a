/**
 * A machine's connection to a registry's client socket, shared by all machines with such a connection: the listener
 * must run as the expected user, according to the kernel, and answer `hello` with a `welcome` of our version. The chart
 * of each machine defines the next step, and the reaction to a failure.
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

/** The part of such a machine's context. */
export interface RegistryConnection {
  /** The path of the socket, and the user that the registry must run as. */
  readonly registry: RegistryCandidate;
  /** Connections so far; only the last one is used. Invariant: it never decreases, so that ids are unique. */
  readonly connectionCount: number;
}

type Message = ToClient | ToConsumer;

/** The events of a connection. Messages have been checked against the protocol. */
export type ConnectionEvent<M extends Message> =
  | OfType<EffectEvent, 'wire.opened' | 'wire.openFailed' | 'wire.closed'>
  | { type: 'wire.message'; connection: string; message: M };

/** Includes all other events that a machine may accept. */
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
    event.peer?.uid === context.registry.ownerUid,
  isWelcome: ({ context, event }: GuardScene) =>
    event.type === 'wire.message' &&
    event.connection === connectionId(context) &&
    event.message.type === 'welcome' &&
    event.message.major === CONTROL_PROTOCOL_MAJOR,
};

/** `protocol`: defines the messages that the registry may send on the connection. */
export function connectAs(
  { context, enqueue }: ConnectionScene,
  protocol: 'control.client' | 'control.consumer',
): void {
  const connectionCount = context.connectionCount + 1;
  enqueue.assign({ connectionCount });
  const connection = connectionId({ connectionCount });
  const path = context.registry.clientPath;
  enqueue.emit({ type: 'wire.open', connection, path, protocol, identify: true });
}

export function disconnect({ context, enqueue }: ConnectionScene): void {
  enqueue.emit({ type: 'wire.close', connection: connectionId(context) });
}

/** Closes a connection that opens when the machine no longer waits for it. */
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
      return `the registry runs as another user, uid ${event.peer?.uid}`;
    case 'wire.openFailed':
      return `cannot connect to ${event.error.subject} (${event.error.code})`;
    case 'wire.closed':
      return event.reason;
    case 'wire.message': {
      const { message } = event;
      if (message.type === 'refused') return message.reason;
      if (message.type === 'welcome' && message.major !== CONTROL_PROTOCOL_MAJOR) {
        return `it speaks protocol version ${message.major}, and this program ${CONTROL_PROTOCOL_MAJOR}`;
      }
      return `it sent an unexpected "${message.type}" message`;
    }
    default:
      return 'the registry does not answer';
  }
}
