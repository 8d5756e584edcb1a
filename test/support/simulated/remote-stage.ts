/** A traced machine, the machine of a relay, and those of relays before it, on one simulated network. */
import { startRelayd } from '../../../actors/programs/relayd.ts';
import { Network } from '../../../sim/machine/net/network.ts';
import { Scheduler, type SimProcess, Simulation } from '../../../sim/machine/simulation.ts';
import { plainStruct } from '../../../src/ctf/read/plain.ts';
import { openTraceSet } from '../../../src/view/trace-set.ts';
import { parseForwardPattern } from '../../../src/wire/relay/forward-pattern.ts';
import { OUTPUT } from '../relay/relay-client.ts';
import { RELAYD } from '../relay/relayd-options.ts';
import { must } from '../ring/memory.ts';
import { Stage } from './stage.ts';

const STORE = '10.0.0.2';
export const RELAY = { control: 'tcp://store:5342', data: 'tcp://store:5343' } as const;

export class RemoteStage {
  readonly scheduler: Scheduler;
  readonly network = new Network();
  /** The traced machine. */
  readonly traced: Stage;
  readonly store: Simulation;
  /** The machines of relays that forward. */
  readonly hops: readonly Simulation[];
  relay: SimProcess;

  /** `hops`: names of further machines, and where the relay of each forwards to. */
  constructor(seed: number, hops: Readonly<Record<string, readonly string[]>> = {}) {
    const { network: of } = this;
    this.scheduler = new Scheduler(seed);
    this.traced = new Stage(seed, {
      scheduler: this.scheduler,
      name: 'traced',
      network: { of, addresses: ['10.0.0.1'] },
    });
    this.store = this.#relayHost('store', STORE, []);
    this.hops = Object.entries(hops).map(([name, to], at) =>
      this.#relayHost(name, `10.0.0.${3 + at}`, to),
    );
    for (const hop of this.hops) hop.spawn('alice', 'relayd');
    this.relay = this.startRelay();
    this.traced.registry();
    this.pass(500);
  }

  #relayHost(name: string, address: string, forwards: readonly string[]): Simulation {
    const { scheduler, network: of } = this;
    of.names.set(name, [address]);
    const forwardTo = forwards.map((pattern) => must(parseForwardPattern(pattern)));
    return new Simulation({
      scheduler,
      name,
      users: [{ name: 'alice', uid: 1001, gid: 1001, groups: [] }],
      groups: { alice: 1001 },
      network: { of, addresses: [address] },
      programs: { relayd: (world) => void startRelayd(world, { ...RELAYD, forwardTo }) },
    });
  }

  startRelay(): SimProcess {
    this.relay = this.store.spawn('alice', 'relayd');
    return this.relay;
  }

  killRelay(): void {
    this.store.kill(this.relay.pid);
  }

  pass(ms: number): void {
    this.scheduler.run({ forMs: ms });
  }

  /** The counters of all events at the relay, in order, and defects of the traces there. */
  stored(): { readonly counters: readonly number[]; readonly problems: readonly string[] } {
    const { files } = this.store.login('alice').world;
    const opened = openTraceSet(files, [OUTPUT], { isFollowing: false });
    if (!opened.ok) return { counters: [], problems: [opened.error.message] };
    const { set } = opened.value;
    const problems = [...opened.value.problems];
    const counters: number[] = [];
    for (let message = set.next(); message !== undefined; message = set.next()) {
      if (message.kind === 'event') {
        const { shape, fields } = message;
        counters.push(Number(plainStruct(shape.fieldsType, fields)['counter']));
      } else if (message.kind === 'problem') problems.push(message.text);
    }
    set.close();
    return { counters, problems };
  }
}
