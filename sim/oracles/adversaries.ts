/** What has to come of hostile processes: they are cut off in time, with a line that names them, and served nothing. */
import {
  CLIENT_LINKS_MAX,
  CLIENT_LINKS_PER_USER_MAX,
  REVISIONS_PENDING_MAX,
  SNAPSHOTS_MAX,
} from '../../actors/sessiond/limits.ts';
import { NS_PER_MS } from '../../src/base/time.ts';
import { HELD_BYTES_MAX } from '../../src/wire/limits.ts';
import type { Malformation } from '../input/attack.ts';
import type { HostileAccount, Ledger } from '../ledger/ledger.ts';
import type { Simulation } from '../machine/simulation.ts';
import { type Finding, finder } from './finding.ts';

const bounds = finder('bounds');
const conduct = finder('conduct');
const conservation = finder('conservation');
const isolation = finder('isolation');
const liveness = finder('liveness');

/** Longer than anybody may take to greet. */
const END_MS_MAX = 11_000;
/** What only those hear who are served. */
const SERVED = ['reply', 'failure', 'session', 'state', 'registered'];
/** The bound that the line has to name, for who sends what no schema ought to see. */
const BOUNDS: Readonly<Partial<Record<Malformation, RegExp>>> = {
  oversized: /^frame of \d+ bytes, more than/,
  nested: /^nesting deeper than/,
  'many-values': /^more than \d+ values/,
  prototype: /^key "__proto__" is not allowed/,
};
/** Attacks that may be served: as an application, or by nobody but itself. */
const MAY_HEAR: readonly string[] = ['plant', 'confirm', 'join', 'consume', 'pin', 'pose', 'gorge'];
/** Attacks that are no reason to be cut off, or not at once. */
const MAY_LEAVE: readonly string[] = ['join', 'consume', 'crowd'];

export function checkHostiles({ hostiles }: Ledger, simulation: Simulation): Finding[] {
  const named = new Map(
    simulation.log
      .filter(({ event }) => event === 'peer.cutOff')
      .map(({ fields }) => [fields['pid'], String(fields['reason'])]),
  );
  return [
    ...hostiles.flatMap((account) => [...checkEnd(account, named), ...checkHearing(account)]),
    ...checkCrowds(hostiles),
    ...checkPins(hostiles),
  ];
}

function nameOf({ pid, user, attack }: HostileAccount): string {
  const { of, ...words } = { of: undefined, ...attack };
  const where = of === undefined ? '' : ` at ${of.directory}`;
  return `${user}'s ${pid} (${Object.values(words).join(' ')}${where})`;
}

function checkEnd(account: HostileAccount, named: ReadonlyMap<unknown, string>): Finding[] {
  const { connectedAt, endedAt, attack, pid } = account;
  if (connectedAt === undefined || MAY_LEAVE.includes(attack.kind)) return [];
  if (endedAt === undefined || endedAt - connectedAt > END_MS_MAX * NS_PER_MS) {
    return [liveness(`${nameOf(account)} was not cut off`)];
  }
  // So many snapshots at once are not all named.
  const isPolite = ['version', 'attach', 'mute', 'pin'].includes(attack.kind);
  const reason = named.get(pid);
  if (reason === undefined) {
    return isPolite ? [] : [conduct(`nobody said that ${nameOf(account)} was cut off`)];
  }
  const bound = attack.kind === 'blow' ? BOUNDS[attack.blow] : undefined;
  if (bound === undefined || bound.test(reason)) return [];
  return [conduct(`${nameOf(account)} was cut off for "${reason}", which names no bound`)];
}

function checkHearing(account: HostileAccount): Finding[] {
  const { heard, callers, attack } = account;
  const findings: Finding[] = [];
  if (account.heldBytes > HELD_BYTES_MAX) {
    findings.push(bounds(`${nameOf(account)} could leave ${account.heldBytes} bytes there`));
  }
  const served = heard.find((type) => SERVED.includes(type));
  if (!MAY_HEAR.includes(attack.kind) && served !== undefined) {
    findings.push(isolation(`${nameOf(account)} was told "${served}"`));
  }
  if (attack.kind === 'join' && attack.of !== undefined && account.granted.length > 0) {
    findings.push(isolation(`${nameOf(account)} was traced by a registry of another user`));
  }
  if (new Set(account.granted).size < account.granted.length) {
    findings.push(isolation(`${nameOf(account)} got the streams of a thread that is gone`));
  }
  const states = heard.filter((type) => type === 'state').length;
  if (attack.kind === 'join' && attack.misdeed === 'deaf' && states > REVISIONS_PENDING_MAX + 1) {
    findings.push(bounds(`${nameOf(account)} was told ${states} states and followed none`));
  }
  if (attack.kind === 'pin' && heard.includes('gone')) {
    findings.push(conservation(`${nameOf(account)} was told of memory that was taken away`));
  }
  if (attack.kind === 'version' && heard.includes('welcome')) {
    findings.push(conduct(`${nameOf(account)} was welcome`));
  }
  if (attack.kind === 'pose' && heard.includes('event')) {
    findings.push(isolation(`${nameOf(account)} got events into memory that was not as granted`));
  }
  if (attack.kind !== 'plant') return findings;
  // The file says whose socket it is: an application does not even connect to that of another user.
  if (callers.length > 0 && attack.swaps !== true && attack.path.endsWith('/apps.sock')) {
    findings.push(isolation(`${nameOf(account)} was connected to by user ${callers[0]}`));
  }
  if (heard.length > 0) findings.push(isolation(`${nameOf(account)} was told "${heard[0]}"`));
  return findings;
}

/** Who has many connections leaves some to the others. */
function checkCrowds(hostiles: readonly HostileAccount[]): Finding[] {
  const served = new Map<string, number>();
  for (const { user, attack, heard } of hostiles) {
    if (attack.kind !== 'crowd') continue;
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

/** They all stay as long as they may. */
function checkPins(hostiles: readonly HostileAccount[]): Finding[] {
  const sessions = new Map<string, number>();
  for (const { attack, heard } of hostiles) {
    if (attack.kind !== 'pin' || !heard.includes('session')) continue;
    sessions.set(attack.session, (sessions.get(attack.session) ?? 0) + 1);
  }
  return [...sessions]
    .filter(([, count]) => count > SNAPSHOTS_MAX)
    .map(([, count]) => bounds(`there are ${count} snapshots of a session at once`));
}
