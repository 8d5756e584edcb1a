/** Inputs and messages of the relay's actors: plain data, addressed by actor id. */
import type { ListenerAddress } from '../../src/effects/contract/relay.ts';
import type { TcpAddress } from '../../src/port/network.ts';
import type { ForwardPattern } from '../../src/wire/relay/forward-pattern.ts';

/** Input of a control link, of a data link and of a viewer. */
export interface LinkInput {
  /** This actor's id. */
  readonly link: string;
  readonly relay: string;
  readonly connection: string;
  readonly peer: TcpAddress;
}

/** To the relay. */
export type ToRelay = { readonly type: 'link.closed'; readonly link: string };

/** To a link: the relay ends. */
export type ToLink = { readonly type: 'link.end' };

/** Input of the relay. */
export interface RelayInput {
  /** This actor's id. */
  readonly relay: string;
  readonly listeners: readonly ListenerAddress[];
  /** Absolute path of the directory for all traces. */
  readonly output: string;
  readonly grouping: 'host' | 'session';
  readonly isClearAllowed: boolean;
  /** Where peers' connections may be forwarded to; absent: nowhere. */
  readonly forwardTo?: readonly ForwardPattern[];
  /** How many files this process may have open. */
  readonly descriptors: number;
  /** Absolute paths of files that tell others of the relay; undefined: none. */
  readonly pidFile?: string | undefined;
  readonly portDirectory?: string | undefined;
}
