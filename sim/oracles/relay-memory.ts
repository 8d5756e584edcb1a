/** Live sessions in the memory of relays: bounds, what is left of them, and what relays took into it. */
import type { Ledger } from '../ledger/ledger.ts';
import { joined, readTraces, type TraceContent } from '../ledger/trace-content.ts';
import type { ViewAccount } from '../ledger/view-accounts.ts';
import { whoOn } from '../ledger/who.ts';
import { type Finding, finder } from './finding.ts';
import type { RelayedHost } from './relay-files.ts';

const bounds = finder('bounds');
const leftovers = finder('leftovers');

/** What the relay has is within its bounds. */
export function checkMemory({ name, ledger }: RelayedHost): Finding[] {
  return ledger.relays
    .filter(({ memory }) => memory?.isOver === true)
    .map(({ who }) => bounds(`${whoOn(name, who)} has more live packets in memory than its bound`));
}

/** Nothing is left of sessions that have ended, when their viewers have left. */
export function checkGivenBack({ name, ledger }: RelayedHost): Finding[] {
  return ledger.relays
    .filter(({ memory }) => (memory?.heldBytes ?? 0) > 0)
    .map(({ who }) => leftovers(`${whoOn(name, who)} still has packets of ended sessions`));
}

/** Whether the relay of the viewer has all that it took: in files, or because its memory is large enough. */
export function isKept(hosts: readonly RelayedHost[], { settings }: ViewAccount): boolean {
  const { ledger } = hosts.find(({ name }) => name === settings.relay) ?? {};
  return ledger?.relays.every(({ memory }) => memory?.isEnough !== false) === true;
}

/** All that relays of the host took into memory, also what is not there any more. */
export function takenIn({ relays }: Ledger): TraceContent {
  return joined(
    relays.flatMap(({ memory }) =>
      memory === undefined ? [] : [readTraces(memory.files, memory.directory)],
    ),
  );
}
