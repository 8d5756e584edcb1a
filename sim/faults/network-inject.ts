/** Carries out faults of the network between the hosts of a run, and of its relays; records which of them hit. */
import { NS_PER_MS } from '../../src/base/time.ts';
import type { NetworkFault, NetworkFaultScript } from '../input/network-fault.ts';
import { whoOn } from '../ledger/who.ts';
import type { Network, SimProcess, Simulation } from '../machine/simulation.ts';
import type { FaultHit } from './fault-hit.ts';

type Of<Kind extends NetworkFault['kind']> = Extract<NetworkFault, { kind: Kind }>;

export class NetworkInjector {
  readonly #script: NetworkFaultScript;
  readonly #network: Network;
  readonly #hosts: ReadonlyMap<string, Simulation>;
  readonly #onHit: (hit: FaultHit) => void;
  readonly #hits: FaultHit[] = [];
  /** Functions that undo the active faults. */
  readonly #undo = new Set<() => void>();
  /** Of each pair of hosts, how many active faults cut it. */
  readonly #cuts = new Map<string, number>();
  #isHealed = false;

  constructor(
    script: NetworkFaultScript,
    network: Network,
    hosts: ReadonlyMap<string, Simulation>,
    onHit: (hit: FaultHit) => void,
  ) {
    this.#script = script;
    this.#network = network;
    this.#hosts = hosts;
    this.#onHit = onHit;
  }

  get hits(): readonly FaultHit[] {
    return this.#hits;
  }

  /** Arms the faults. Call it before the hosts run. */
  attach(): void {
    const [first] = this.#hosts.values();
    for (const fault of this.#script) {
      first?.faultControls.at(fault.at, () => {
        if (!this.#isHealed) this.#happen(fault);
      });
    }
  }

  /** Ends all active faults and prevents later ones. A relay that is dead is started again. */
  heal(): void {
    this.#isHealed = true;
    for (const undo of [...this.#undo]) undo();
  }

  #happen(fault: NetworkFault): void {
    switch (fault.kind) {
      case 'one-way-partition':
      case 'partition':
        return this.#cut(fault);
      case 'slow-link':
        return this.#slowDown(fault);
      case 'names-late':
        this.#network.names.delayMs = fault.byMs;
        this.#until(fault.forMs, () => {
          this.#network.names.delayMs = 0;
        });
        return this.#note(fault.kind, [...this.#hosts.keys()], fault.forMs);
      case 'names-silent':
        this.#network.names.isSilent = true;
        this.#until(fault.forMs, () => {
          this.#network.names.isSilent = false;
        });
        return this.#note(fault.kind, [...this.#hosts.keys()], fault.forMs);
      case 'clock-skew': {
        const host = this.#hosts.get(fault.host);
        if (host === undefined) return;
        host.faultControls.stepRealtime(fault.byMs);
        return this.#note(fault.kind, [fault.host]);
      }
      case 'relay-killed':
      case 'relay-vanished':
      case 'relay-paused':
        return this.#happenToRelay(fault);
      default:
        return this.#happenToConnection(fault);
    }
  }

  #cut({ kind, from, to, forMs }: Of<'partition'> | Of<'one-way-partition'>): void {
    if (from === to || !this.#hosts.has(from) || !this.#hosts.has(to)) return;
    if (kind === 'partition') this.#network.partition(from, to);
    else this.#network.cut(from, to);
    const pair = [from, to].toSorted().join(' ');
    this.#cuts.set(pair, (this.#cuts.get(pair) ?? 0) + 1);
    this.#until(forMs, () => {
      const others = (this.#cuts.get(pair) ?? 1) - 1;
      this.#cuts.set(pair, others);
      // Another partition of the same hosts lasts longer.
      if (others === 0) this.#network.heal(from, to);
    });
    this.#note(kind, [from, to], forMs);
  }

  #slowDown({ kind, from, to, forMs, delayMs, bytesPerSecond }: Of<'slow-link'>): void {
    if (from === to || !this.#hosts.has(from) || !this.#hosts.has(to)) return;
    this.#network.setPace(from, to, { delayMs, bytesPerSecond });
    this.#until(forMs, () => this.#network.setPace(from, to, {}));
    this.#note(kind, [from, to], forMs);
  }

  #happenToConnection(fault: Of<'tcp-reset'> | Of<'tcp-slow-reader'>): void {
    const ends = this.#hosts.get(fault.host)?.tcpEnds() ?? [];
    const end = ends[fault.connection % Math.max(1, ends.length)];
    if (end === undefined) return;
    const who = end.owner === undefined ? undefined : whoOn(fault.host, end.owner.label);
    if (fault.kind === 'tcp-reset') end.reset();
    else end.slowDown(fault.forMs);
    this.#note(fault.kind, [fault.host], 'forMs' in fault ? fault.forMs : 0, who);
  }

  #happenToRelay({
    kind,
    host,
    forMs,
  }: Of<'relay-killed'> | Of<'relay-vanished'> | Of<'relay-paused'>): void {
    const simulation = this.#hosts.get(host);
    const relay = simulation?.processes().find(isRelay);
    if (simulation === undefined || relay === undefined) return;
    if (kind === 'relay-vanished') {
      for (const end of simulation.tcpEnds()) if (end.owner === relay) end.vanish();
    }
    if (kind === 'relay-paused') simulation.faultControls.pause(relay, forMs);
    else simulation.kill(relay.pid);
    this.#until(forMs, () => {
      const { spec } = relay;
      if (kind === 'relay-paused') simulation.faultControls.resume(relay);
      else if (!simulation.processes().some(isRelay)) {
        simulation.spawn(spec.userName, spec.program, spec.args);
      }
    });
    this.#note(kind, [host], forMs, whoOn(host, relay.label));
  }

  /** Undoes a fault after this time, or at healing. */
  #until(forMs: number, undo: () => void): void {
    const [first] = this.#hosts.values();
    const once = (): void => {
      if (this.#undo.delete(once)) undo();
    };
    this.#undo.add(once);
    if (first !== undefined) first.faultControls.at(first.now / NS_PER_MS + forMs, once);
  }

  #note(label: string, hosts: readonly string[], forMs = 0, who?: string): void {
    const [first] = this.#hosts.values();
    const at = first?.now ?? 0;
    const hit = { label, who, hosts, at, until: at + forMs * NS_PER_MS };
    this.#hits.push(hit);
    this.#onHit(hit);
  }
}

function isRelay({ program, isAlive }: SimProcess): boolean {
  return program === 'lttng-relayd' && isAlive;
}
