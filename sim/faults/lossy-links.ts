/**
 * What befalls datagrams between the hosts of a run. No fault: connections do not notice it, and it excuses nothing.
 * Of several at a time in one direction the latest counts.
 */
import { NS_PER_MS } from '../../src/base/time.ts';
import { LOSSY_LINK, type LossyLink } from '../input/network-fault.ts';
import type { Network, Simulation } from '../machine/simulation.ts';
import type { FaultHit } from './fault-hit.ts';

export class LossyLinks {
  readonly hits: FaultHit[] = [];
  readonly #links: readonly LossyLink[];
  readonly #network: Network;
  readonly #first: Simulation | undefined;
  readonly #onHit: (hit: FaultHit) => void;
  readonly #active = new Set<LossyLink>();

  /** `first`: the host whose clock counts. */
  constructor(
    links: readonly LossyLink[],
    network: Network,
    first: Simulation | undefined,
    onHit: (hit: FaultHit) => void,
  ) {
    this.#links = links;
    this.#network = network;
    this.#first = first;
    this.#onHit = onHit;
  }

  /** Call it before the hosts run. */
  attach(): void {
    for (const link of this.#links) {
      this.#first?.faultControls.at(link.at, () => this.#begin(link));
      this.#first?.faultControls.at(link.at + link.forMs, () => this.#end(link));
    }
  }

  #begin(link: LossyLink): void {
    const { from, to, at, forMs } = link;
    this.#active.add(link);
    this.#apply(link);
    const [since, until] = [at * NS_PER_MS, (at + forMs) * NS_PER_MS];
    const hit = { label: LOSSY_LINK, who: undefined, hosts: [from, to], at: since, until };
    this.hits.push(hit);
    this.#onHit(hit);
  }

  #end(link: LossyLink): void {
    this.#active.delete(link);
    this.#apply(link);
  }

  #apply({ from, to }: LossyLink): void {
    const active = [...this.#active].findLast((link) => link.from === from && link.to === to);
    const { lost, twice, overtaken } = active ?? { lost: 0, twice: 0, overtaken: 0 };
    this.#network.setFates(from, to, { lost, twice, overtaken });
  }
}
