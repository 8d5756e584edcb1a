/** What a relay knows: its listeners and the connections that it has accepted. */
import type { StartEffect } from '../../../src/effects/contract/actor.ts';
import type { RelayListener } from '../../../src/effects/contract/relay.ts';
import type { LinkInput, RelayInput } from '../messages.ts';

interface AcceptedLink {
  readonly link: string;
  readonly host: string;
  readonly listener: RelayListener;
}

export interface RelayContext extends RelayInput {
  /** How many listeners listen. */
  readonly listening: number;
  /** Invariant: at most CONNECTIONS_MAX. */
  readonly links: readonly AcceptedLink[];
  readonly exitCode: number;
}

export type RelayStart = StartEffect<'control-link' | 'data-link' | 'viewer', LinkInput>;

export function initialContext(input: RelayInput): RelayContext {
  return { ...input, listening: 0, links: [], exitCode: 0 };
}
