/** Hostile peers of relays are cut off in time and named in the log, and learn nothing; everybody else is unaffected. */
import { NS_PER_MS } from '../../src/base/time.ts';
import type { SenderLie, ViewerLie } from '../input/attack.ts';
import type { AdversaryAccount } from '../ledger/ledger.ts';
import { whoOn } from '../ledger/who.ts';
import { type Finding, finder } from './finding.ts';
import type { RelayedHost } from './relays.ts';

const conduct = finder('conduct');
const isolation = finder('isolation');
const liveness = finder('liveness');

/** Longer than a peer may take for its first message. */
const END_MS_MAX = 11_000;
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
  { connectedAt, endedAt = Number.POSITIVE_INFINITY, ports }: AdversaryAccount,
  { simulation }: RelayedHost,
  who: string,
): Finding[] {
  if (connectedAt === undefined) return [];
  if (endedAt - connectedAt > END_MS_MAX * NS_PER_MS) return [liveness(`${who} was not cut off`)];
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
