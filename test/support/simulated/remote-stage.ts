/** A traced machine and the machine of a relay on one simulated network. */
import { startRelayd } from '../../../actors/programs/relayd.ts';
import { Network } from '../../../sim/machine/net/network.ts';
import { Scheduler, type SimProcess, Simulation } from '../../../sim/machine/simulation.ts';
import { plainStruct } from '../../../src/ctf/read/plain.ts';
import { openTraceSet } from '../../../src/view/trace-set.ts';
import { Stage } from './stage.ts';

const STORE = '10.0.0.2';
const OUTPUT = '/home/alice/traces';
export const RELAY = { control: 'tcp://store:5342', data: 'tcp://store:5343' } as const;

export class RemoteStage {
  readonly scheduler: Scheduler;
  readonly network = new Network();
  /** The traced machine. */
  readonly traced: Stage;
  readonly store: Simulation;
  relay: SimProcess;

  constructor(seed: number) {
    const { network: of } = this;
    this.scheduler = new Scheduler(seed);
    this.traced = new Stage(seed, {
      scheduler: this.scheduler,
      name: 'traced',
      network: { of, addresses: ['10.0.0.1'] },
    });
    this.store = new Simulation({
      scheduler: this.scheduler,
      name: 'store',
      users: [{ name: 'alice', uid: 1001, gid: 1001, groups: [] }],
      groups: { alice: 1001 },
      network: { of, addresses: [STORE] },
      programs: { relayd: (world) => void startRelayd(world, OPTIONS) },
    });
    of.names.set('store', [STORE]);
    this.relay = this.startRelay();
    this.traced.registry();
    this.pass(500);
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

const OPTIONS = {
  listeners: [
    { listener: 'control', address: { host: '0.0.0.0', port: 5342 } },
    { listener: 'data', address: { host: '0.0.0.0', port: 5343 } },
    { listener: 'live', address: { host: '0.0.0.0', port: 5344 } },
  ],
  output: OUTPUT,
  grouping: 'host',
  isClearAllowed: true,
  descriptors: 1_048_576,
} as const;
