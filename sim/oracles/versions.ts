/**
 * Versions: a peer of another major version is refused with a clear reason and without further messages; a peer of the
 * same major version is not refused (R1.13). Other oracles check that this does not affect other peers.
 */
import type { Greeting } from '../ledger/greeting.ts';
import { type Finding, finder } from './finding.ts';

const versions = finder('versions');

const CLEAR = /version/;

export function checkVersions(greetings: readonly Greeting[]): Finding[] {
  return greetings.flatMap((greeting) => {
    const { program, pid, isListener, major, peerMajor, sent, refused, refusedWith } = greeting;
    const who = `${program} ${pid} of version ${major}`;
    const exchanged = sent.join(', ');
    if (refusedWith !== undefined && sent.length > 1) {
      return [versions(`${who} was refused and sent more messages: ${exchanged}`)];
    }
    if (peerMajor === undefined) return [];
    if (peerMajor === major) {
      const isRefused = refused !== undefined && CLEAR.test(refused);
      return isRefused ? [versions(`${who} refused its own version: ${refused}`)] : [];
    }
    if (!isListener) {
      return sent.length > 1
        ? [versions(`${who} continued with version ${peerMajor}: ${exchanged}`)]
        : [];
    }
    if (exchanged !== 'refused') {
      return [versions(`${who} answered version ${peerMajor} with: ${exchanged}`)];
    }
    return CLEAR.test(refused ?? '')
      ? []
      : [versions(`${who} refused for another reason: ${refused}`)];
  });
}
