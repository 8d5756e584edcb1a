/** What is between the hosts of a run: the network, its faults, and the relays to which hosts stream. */
import { NS_PER_MS } from '../../src/base/time.ts';
import type { FaultHit } from '../faults/fault-hit.ts';
import { terminateAll } from '../faults/healing.ts';
import { LossyLinks } from '../faults/lossy-links.ts';
import { NetworkInjector } from '../faults/network-inject.ts';
import type { NetworkMark } from '../input/mark.ts';
import { endOfNetworkFaults, hasBlackout } from '../input/network-fault.ts';
import type { NetworkInput } from '../input/scenario.ts';
import type { RelayLinkAccount, SenderAccount } from '../ledger/relay-accounts.ts';
import type { TraceContent } from '../ledger/trace-content.ts';
import type { Network, Simulation } from '../machine/simulation.ts';
import type { Finding } from '../oracles/finding.ts';
import type { RelayedHost } from '../oracles/relay-files.ts';
import { RelayLinks } from '../oracles/relay-links.ts';
import { RelayWatch } from '../oracles/relays.ts';
import type { Assembled } from './assemble.ts';
import { networkMarksOf } from './network-marks.ts';

/** Relays end within this: their links may wait for packets. */
const RELAYS_END_MS_MAX = 20_000;
/** So often the oracles look at the links to relays, which may take long to come and go. */
const LINKS_MS = 1000;

export class BetweenHosts {
  readonly findings: Finding[] = [];
  /** When the network was healed, nanoseconds; undefined: it has no faults. */
  healedAt: number | undefined;
  readonly #input: NetworkInput;
  readonly #simulations: readonly Simulation[];
  readonly #injector: NetworkInjector;
  readonly #lossyLinks: LossyLinks;
  readonly #watch: RelayWatch;
  readonly #links = new RelayLinks();

  constructor(
    input: NetworkInput,
    network: Network,
    hosts: readonly Pick<Assembled, 'simulation' | 'ledger' | 'injector'>[],
    onHit: (hit: FaultHit) => void,
  ) {
    this.#input = input;
    this.#simulations = hosts.map(({ simulation }) => simulation);
    const named = hosts.map(({ simulation, ledger }): RelayedHost => {
      return { name: simulation.name ?? '', simulation, ledger };
    });
    const byName = new Map(named.map(({ name, simulation }) => [name, simulation]));
    this.#injector = new NetworkInjector(input.faults ?? [], network, byName, onHit);
    this.#injector.attach();
    const { lossyLinks = [] } = input;
    const isBlackedOut = hasBlackout(lossyLinks);
    this.#lossyLinks = new LossyLinks(lossyLinks, network, this.#simulations[0], onHit);
    this.#lossyLinks.attach();
    const isCalm =
      input.faults === undefined && hosts.every((host) => host.injector.killsRegistriesAlone);
    this.#watch = new RelayWatch(named, { isCalm, isBlackedOut });
    this.#lookAtLinks(LINKS_MS);
  }

  #lookAtLinks(atMs: number): void {
    this.#simulations[0]?.faultControls.at(atMs, () => {
      this.findings.push(...this.#watch.hosts.flatMap((host) => this.#links.look(host)));
      this.#lookAtLinks(atMs + LINKS_MS);
    });
  }

  get hits(): readonly FaultHit[] {
    return [...this.#injector.hits, ...this.#lossyLinks.hits];
  }

  /** Violations at this moment. */
  look(): void {
    this.findings.push(...this.#watch.look());
  }

  /** A relay has acknowledged something: it must be there after the present event. */
  onAcknowledged(sender: SenderAccount, link: RelayLinkAccount): void {
    this.#simulations[0]?.lookAfterEvent(() => {
      this.findings.push(...this.#watch.checkStored(sender, link));
    });
  }

  /** What the relays have at this moment. */
  relayed(): TraceContent {
    return this.#watch.relayed();
  }

  /** Waits until the faults of the network are over, and heals what is left of them. */
  heal(): void {
    const { faults } = this.#input;
    const [first] = this.#simulations;
    if (faults === undefined || first === undefined) return;
    const endMs = endOfNetworkFaults(faults) + 1;
    first.run({ forMs: Math.max(0, endMs - first.now / NS_PER_MS) });
    this.#injector.heal();
    this.healedAt = first.now;
  }

  /** Ends the relays with SIGTERM. */
  endRelays(): void {
    for (const simulation of this.#simulations) terminateAll(simulation, 'lttng-relayd');
    this.#simulations[0]?.run({ forMs: RELAYS_END_MS_MAX });
  }

  /** Events that the relays have; only after the run. */
  get events(): number {
    return this.#watch.streams.reduce((sum, { events }) => sum + events.length, 0);
  }

  marks(): readonly NetworkMark[] {
    return networkMarksOf(this.#watch, this.#injector.hits);
  }

  /** The findings of the finished run. */
  judge(): readonly Finding[] {
    return [...this.findings, ...this.#watch.judge()];
  }
}
