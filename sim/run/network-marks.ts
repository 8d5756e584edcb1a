/** Marks of runs with several hosts. */
import type { FaultHit } from '../faults/fault-hit.ts';
import type { NetworkMark } from '../input/mark.ts';
import type { SenderAccount } from '../ledger/relay-accounts.ts';
import { sessionsIn } from '../ledger/sessions.ts';
import type { Simulation } from '../machine/simulation.ts';
import type { RelayWatch } from '../oracles/relays.ts';
import { isWhole } from '../oracles/views.ts';

export function networkMarksOf(watch: RelayWatch, hits: readonly FaultHit[]): NetworkMark[] {
  const marks = Object.keys(MARKS) as NetworkMark[];
  return marks.filter((mark) => MARKS[mark](watch, hits));
}

const MARKS: Readonly<
  Record<NetworkMark, (watch: RelayWatch, hits: readonly FaultHit[]) => boolean>
> = {
  'event-relayed': ({ streams }) => streams.some(({ events }) => events.length > 0),
  'loss-relayed': ({ streams }) => streams.some(({ discarded }) => discarded > 0),
  'event-viewed': ({ views }) => views.some(({ shown }) => shown.length > 0),
  'viewed-from-now': ({ views }) =>
    views.some(({ settings, shown }) => settings.seek === 'last' && (shown[0]?.counter ?? 0) > 0),
  'viewed-to-the-end': ({ views }) => views.some((view) => view.shown.length > 0 && isWhole(view)),
  'viewer-missed-packets': ({ hosts, views }) =>
    hosts.some(({ ledger }) => ledger.relays.some(({ memory }) => memory !== undefined)) &&
    views.some(({ summary }) => (summary?.discardedPackets ?? 0n) > 0n),
  'viewer-lost-relay': ({ views }) =>
    views.some(({ shown, failure }) => shown.length > 0 && failure === 'RELAY_LOST'),
  'relay-met-again': ({ senders }) => senders.some(({ links }) => storing(links).length > 1),
  'relay-killed-while-storing': (watch, hits) => killed(watch, hits, ({ relay }) => [relay]),
  'packet-forwarded': ({ senders }) =>
    senders.some(({ way, links }) => way.length > 0 && storing(links).length > 0),
  'relay-killed-while-forwarding': (watch, hits) => killed(watch, hits, ({ way }) => way),
  'relay-refused': ({ hosts }) =>
    hosts.some(({ simulation }) => hasLogged(simulation, 'relay.requestRefused')),
  'relay-cut-off': ({ hosts }) =>
    hosts.some(
      ({ simulation, ledger }) => ledger.relays.length > 0 && hasLogged(simulation, 'peer.cutOff'),
    ),
  'relay-lied': ({ hosts, senders }) =>
    senders.some(
      ({ relay, links, doneAt }) =>
        doneAt !== undefined &&
        links.length > 1 &&
        hosts.some(
          ({ name, ledger }) =>
            name === relay &&
            ledger.adversaries.some(({ attack }) => attack.kind === 'lying-relay'),
        ),
    ),
  'packet-given-up': ({ hosts }) =>
    hosts.some(({ simulation }) => hasLogged(simulation, 'trace.packetsGivenUp')),
  'output-moved': ({ hosts, streams }) =>
    hosts.some(({ ledger }) =>
      sessionsIn(ledger).some(
        ({ uuid, output, laterOutputs }) =>
          (output !== '' || laterOutputs.length > 0) &&
          streams.some(({ session, events }) => session === uuid && events.length > 0),
      ),
    ),
};

/** A relay of these was killed while the sender had a link. */
function killed(
  { senders }: RelayWatch,
  hits: readonly FaultHit[],
  relaysOf: (sender: SenderAccount) => readonly string[],
): boolean {
  return hits.some(
    ({ label, hosts = [], at }) =>
      (label === 'relay-killed' || label === 'relay-vanished') &&
      senders.some(
        (sender) =>
          relaysOf(sender).some((relay) => hosts.includes(relay)) &&
          sender.links.some(({ openedAt, endedAt = Infinity }) => openedAt < at && at < endedAt),
      ),
  );
}

function hasLogged({ log }: Simulation, wanted: string): boolean {
  return log.some(({ event }) => event === wanted);
}

/** Links over which the relay acknowledged something. */
function storing<L extends { readonly streams: readonly { readonly stored: number }[] }>(
  links: readonly L[],
): readonly L[] {
  return links.filter(({ streams }) => streams.some(({ stored }) => stored > 0));
}
