/** What a registration knows, its bounds, and how it reads what a registry says. */

import {
  APP_PROTOCOL_MAJOR,
  type SessionPart,
  type StateMessage,
} from '../../../src/wire/app/messages.ts';
import type { RegistrationEvent, RegistrationInput } from '../messages.ts';

export interface RegistrationContext extends RegistrationInput {
  /** Something happened since the last look that makes another one worth while. */
  readonly signalled: boolean;
  /** The rest before the next probe, milliseconds. */
  readonly restMs: number;
  /** Of the rest that goes on. */
  readonly restLeftMs: number;
  readonly settled: boolean;
  readonly attempt: number;
  /** The beginning of a state whose end has not come yet. */
  readonly portions: readonly SessionPart[];
}

/** R1.14: a registry that does not get through the handshake in this time is cut off. */
export const HANDSHAKE_MS_MAX = 10_000;
/** The rest before a probe: doubles from the first to the last while each one ends with a new signal. */
export const REST_MS_MIN = 20;
export const REST_MS_MAX = 10_000;
/** While it rests, memory that was removed meanwhile is let go of this soon: recording into it is of no use. */
export const GONE_MS_MAX = 1000;
/** A registration that lasts this long begins anew at the shortest rest when it is lost. */
export const STABLE_MS = 10_000;

type Message = { type: string } & Record<string, unknown>;

export function messageOf(event: RegistrationEvent): Message | undefined {
  return event.type === 'wire.message' ? (event.message as Message) : undefined;
}

export function stateOf(event: RegistrationEvent): StateMessage | undefined {
  const message = messageOf(event);
  return message?.type === 'state' ? (message as unknown as StateMessage) : undefined;
}

export function reasonOf(event: RegistrationEvent): string {
  const message = messageOf(event);
  if (message?.type === 'refused') return String(message['reason']);
  if (message?.type !== 'welcome') return `it says ${String(message?.type)} out of turn`;
  const theirs = String(message['major']);
  return `this library speaks version ${APP_PROTOCOL_MAJOR}, the registry version ${theirs}`;
}

export const main = (context: RegistrationContext): string =>
  `${context.scope}-main-${context.attempt}`;
export const own = (context: RegistrationContext): string =>
  `${context.scope}-own-${context.attempt}`;

export function initialContext(input: RegistrationInput): RegistrationContext {
  return {
    signalled: false,
    restMs: REST_MS_MIN,
    restLeftMs: REST_MS_MIN,
    settled: false,
    attempt: 0,
    portions: [],
    ...input,
  };
}
