/** Relays cut off hostile peers in time and name them in the log; these learn nothing. */
import { NS_PER_MS } from '../../src/base/time.ts';
import type { SenderLie, ViewerLie } from '../input/attack.ts';
import type { AdversaryAccount } from '../ledger/ledger.ts';
import { whoOn } from '../ledger/who.ts';
import { type Finding, finder } from './finding.ts';
import type { RelayedHost } from './relay-files.ts';

const conduct = finder('conduct');
const isolation = finder('isolation');
const liveness = finder('liveness');

/** How soon a peer that breaks the protocol is cut off; longer than one may take for its first message. */
const END_MS_MAX = 1_000;
const SILENT_END_MS_MAX = 11_000;
/** Lies after which nothing that the peer sends means anything. */
const CUT_OFF: readonly (SenderLie | ViewerLie)[] = [
  'noise',
  'oversized',
  'half-message',
  'foreign-stream',
];
/** An absolute path means one below the session. */
const ADDED_MAX = 1;
/** Replies to a viewer that say no. */
const REFUSALS_BYTES_MAX = 2048;

export function checkRelayPeers(hosts: readonly RelayedHost[]): Finding[] {
  return hosts.flatMap(({ name, ledger }) =>
    ledger.adversaries.flatMap((account) => {
      const { attack } = account;
      if (attack.kind !== 'lying-sender' && attack.kind !== 'lying-viewer') return [];
      const relay = hosts.find((host) => host.name === attack.relay);
      const who = whoOn(name, `${account.user}'s ${attack.kind} ${account.pid} (${attack.lie})`);
      return [
        ...(relay !== undefined && CUT_OFF.includes(attack.lie)
          ? checkCutOff(account, relay, who)
          : []),
        ...checkHeard(account, who),
      ];
    }),
  );
}

function checkCutOff(
  { attack, connectedAt, endedAt = Number.POSITIVE_INFINITY, ports }: AdversaryAccount,
  { simulation }: RelayedHost,
  who: string,
): Finding[] {
  if (connectedAt === undefined) return [];
  const isSilent = 'lie' in attack && attack.lie === 'half-message';
  const endMsMax = isSilent ? SILENT_END_MS_MAX : END_MS_MAX;
  if (endedAt - connectedAt > endMsMax * NS_PER_MS) return [liveness(`${who} was not cut off`)];
  const isNamed = simulation.log.some(
    ({ event, fields }) => event === 'peer.cutOff' && ports.some((port) => fields['port'] === port),
  );
  return isNamed ? [] : [conduct(`no log line reports that ${who} was cut off`)];
}

function checkHeard({ attack, heard }: AdversaryAccount, who: string): Finding[] {
  if (attack.kind === 'lying-viewer') {
    const bytes = heard.reduce((sum, text) => sum + Number.parseInt(text, 10), 0);
    if (bytes <= REFUSALS_BYTES_MAX) return [];
    return [isolation(`${who} read ${bytes} bytes`)];
  }
  if (attack.kind !== 'lying-sender' || attack.lie !== 'outside') return [];
  const added = heard.filter((text) => text === 'add-stream done').length;
  if (added <= ADDED_MAX) return [];
  return [isolation(`${who} added ${added} streams outside of its session`)];
}
