/** What a relay knows: its listeners and the connections that it has accepted. */
import type { StartEffect } from '../../../src/effects/contract/actor.ts';
import type { ListenerAddress, RelayListener } from '../../../src/effects/contract/relay.ts';
import type { LinkInput, RelayInput } from '../messages.ts';

interface AcceptedLink {
  readonly link: string;
  readonly host: string;
  readonly listener: RelayListener;
}

export interface RelayContext extends RelayInput {
  /** The listeners that listen, with the ports that the kernel chose. */
  readonly listening: readonly ListenerAddress[];
  /** Invariant: at most CONNECTIONS_MAX. */
  readonly links: readonly AcceptedLink[];
  readonly exitCode: number;
}

export type RelayStart = StartEffect<'control-link' | 'data-link' | 'viewer', LinkInput>;

export function initialContext(input: RelayInput): RelayContext {
  return { ...input, listening: [], links: [], exitCode: 0 };
}
