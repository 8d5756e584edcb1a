/** Hostile processes are disconnected in time, with a log line that names them, and are not served. */
import {
  CLIENT_LINKS_MAX,
  CLIENT_LINKS_PER_USER_MAX,
  REVISIONS_PENDING_MAX,
  SNAPSHOTS_MAX,
} from '../../actors/sessiond/limits.ts';
import { NS_PER_MS } from '../../src/base/time.ts';
import { HELD_BYTES_MAX } from '../../src/wire/limits.ts';
import type { Malformation } from '../input/attack.ts';
import type { AdversaryAccount, Ledger } from '../ledger/ledger.ts';
import type { Simulation } from '../machine/simulation.ts';
import { type Finding, finder } from './finding.ts';

const bounds = finder('bounds');
const conduct = finder('conduct');
const conservation = finder('conservation');
const isolation = finder('isolation');
const liveness = finder('liveness');

/** Longer than a peer may take for the handshake. */
const END_MS_MAX = 11_000;
/** Messages that only served peers receive. */
const SERVED = ['reply', 'failure', 'session', 'state', 'registered'];
/** The bound that the log line must name, for malformed messages that must not reach a schema. */
const BOUNDS: Readonly<Partial<Record<Malformation, RegExp>>> = {
  oversized: /^frame of \d+ bytes, more than/,
  nested: /^nesting deeper than/,
  'many-values': /^more than \d+ values/,
  prototype: /^key "__proto__" is not allowed/,
};
/** Attacks that may be served: as an application, or only by the attacker itself. */
const MAY_HEAR: readonly string[] = [
  'planted-socket',
  'false-confirmation',
  'rogue-application',
  'lying-consumer',
  'pinned-snapshot',
  'impostor-registry',
  'unread-replies',
];
/** Attacks after which the peer need not be disconnected, or not at once. */
const MAY_LEAVE: readonly string[] = [
  'rogue-application',
  'lying-consumer',
  'connection-flood',
  // `relay-peers.ts` checks peers of relays.
  'lying-sender',
  'lying-viewer',
  'lying-relay',
];

export function checkAdversaries({ adversaries }: Ledger, simulation: Simulation): Finding[] {
  const named = new Map(
    simulation.log
      .filter(({ event }) => event === 'peer.cutOff')
      .map(({ fields }) => [fields['pid'], String(fields['reason'])]),
  );
  return [
    ...adversaries.flatMap((account) => [...checkEnd(account, named), ...checkHearing(account)]),
    ...checkRemovals(simulation),
    ...checkCrowds(adversaries),
    ...checkPins(adversaries),
  ];
}

function nameOf({ pid, user, attack }: AdversaryAccount): string {
  const { of, ...words } = { of: undefined, ...attack };
  const where = of === undefined ? '' : ` at ${of.directory}`;
  return `${user}'s ${pid} (${Object.values(words).join(' ')}${where})`;
}

function checkEnd(account: AdversaryAccount, named: ReadonlyMap<unknown, string>): Finding[] {
  const { connectedAt, endedAt, attack, pid } = account;
  if (connectedAt === undefined || MAY_LEAVE.includes(attack.kind)) return [];
  if (endedAt === undefined || endedAt - connectedAt > END_MS_MAX * NS_PER_MS) {
    return [liveness(`${nameOf(account)} was not disconnected`)];
  }
  // The log does not name all of so many concurrent snapshots.
  const isPolite = [
    'unknown-version',
    'attach-consumer',
    'silent-registry',
    'pinned-snapshot',
  ].includes(attack.kind);
  const reason = named.get(pid);
  if (reason === undefined) {
    return isPolite
      ? []
      : [conduct(`no log line reports that ${nameOf(account)} was disconnected`)];
  }
  const bound = attack.kind === 'malformed-frame' ? BOUNDS[attack.malformation] : undefined;
  if (bound === undefined || bound.test(reason)) return [];
  return [conduct(`${nameOf(account)} was disconnected for "${reason}", which names no bound`)];
}

function checkHearing(account: AdversaryAccount): Finding[] {
  const { heard, callers, attack } = account;
  const findings: Finding[] = [];
  if (account.heldBytes > HELD_BYTES_MAX) {
    findings.push(bounds(`${nameOf(account)} could keep ${account.heldBytes} unread bytes queued`));
  }
  const served = heard.find((type) => SERVED.includes(type));
  if (!MAY_HEAR.includes(attack.kind) && served !== undefined) {
    findings.push(isolation(`${nameOf(account)} received "${served}"`));
  }
  if (
    attack.kind === 'rogue-application' &&
    attack.of !== undefined &&
    account.granted.length > 0
  ) {
    findings.push(isolation(`${nameOf(account)} was traced by a registry of another user`));
  }
  if (new Set(account.granted).size < account.granted.length) {
    findings.push(isolation(`${nameOf(account)} got the streams of an ended thread`));
  }
  const states = heard.filter((type) => type === 'state').length;
  if (
    attack.kind === 'rogue-application' &&
    attack.misbehaviour === 'deaf' &&
    states > REVISIONS_PENDING_MAX + 1
  ) {
    findings.push(bounds(`${nameOf(account)} received ${states} states and acknowledged none`));
  }
  if (attack.kind === 'pinned-snapshot' && heard.includes('gone')) {
    findings.push(conservation(`${nameOf(account)} received segments that were removed`));
  }
  if (attack.kind === 'own-memory' && heard.includes('gone')) {
    findings.push(isolation(`${nameOf(account)} lost shared memory that it had made itself`));
  }
  if (attack.kind === 'unknown-version' && heard.includes('welcome')) {
    findings.push(conduct(`${nameOf(account)} was welcomed`));
  }
  if (attack.kind === 'impostor-registry' && heard.includes('event')) {
    findings.push(
      isolation(`${nameOf(account)} got events in memory that does not match the grant`),
    );
  }
  if (attack.kind !== 'planted-socket') return findings;
  // The socket file names its owner: an application does not even connect to another user's socket.
  if (callers.length > 0 && attack.swaps !== true && attack.path.endsWith('/apps.sock')) {
    findings.push(isolation(`user ${callers[0]} connected to ${nameOf(account)}`));
  }
  if (heard.length > 0) findings.push(isolation(`${nameOf(account)} received "${heard[0]}"`));
  return findings;
}

/** Our programs remove no segment that another program has made. */
function checkRemovals({ removals }: Simulation): Finding[] {
  return removals.flatMap(({ segment: { id, creator }, by }) =>
    by?.program !== 'lttng-sessiond' || creator.program === 'lttng-sessiond'
      ? []
      : [isolation(`${by.label} removed segment ${id}, which ${creator.label} had made`)],
  );
}

/** A user with many connections leaves some to other users. */
function checkCrowds(adversaries: readonly AdversaryAccount[]): Finding[] {
  const served = new Map<string, number>();
  for (const { user, attack, heard } of adversaries) {
    if (attack.kind !== 'connection-flood') continue;
    const welcome = heard.filter((type) => type === 'welcome').length;
    served.set(user, (served.get(user) ?? 0) + welcome);
  }
  const all = [...served.values()].reduce((sum, count) => sum + count, 0);
  const findings = [...served]
    .filter(([, count]) => count > CLIENT_LINKS_PER_USER_MAX)
    .map(([user, count]) => bounds(`${user} got ${count} connections to a registry`));
  if (all > CLIENT_LINKS_MAX) findings.push(bounds(`a registry has ${all} connections`));
  return findings;
}

/** All `pin` attackers stay connected as long as they may. */
function checkPins(adversaries: readonly AdversaryAccount[]): Finding[] {
  const sessions = new Map<string, number>();
  for (const { attack, heard } of adversaries) {
    if (attack.kind !== 'pinned-snapshot' || !heard.includes('session')) continue;
    sessions.set(attack.session, (sessions.get(attack.session) ?? 0) + 1);
  }
  return [...sessions]
    .filter(([, count]) => count > SNAPSHOTS_MAX)
    .map(([, count]) => bounds(`a session has ${count} concurrent snapshots`));
}
