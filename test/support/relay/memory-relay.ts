/** A whole relay on a simulated machine, behind a network without time: as fast as its own code. */
import { startRelayd } from '../../../actors/programs/relayd.ts';
import type { Simulation } from '../../../sim/machine/simulation.ts';
import type { LogEvent } from '../../../src/port/log.ts';
import type { LiveMemory } from '../../../src/relay/live-memory.ts';
import { MemoryNetwork } from './memory-network.ts';
import { aliceMachine } from './relay-client.ts';
import { RELAYD } from './relayd-options.ts';

export interface LoggedLine {
  readonly event: LogEvent;
  readonly [field: string]: unknown;
}

export class MemoryRelay {
  readonly machine: Simulation = aliceMachine();
  readonly network = new MemoryNetwork();
  readonly log: LoggedLine[] = [];
  readonly #system: ReturnType<typeof startRelayd>;

  /** `liveMemory`: where its live sessions are; absent: on its disk. */
  constructor(liveMemory?: LiveMemory) {
    const { world } = this.machine.login('alice');
    const log = (event: LogEvent, fields = {}): void => void this.log.push({ event, ...fields });
    this.#system = startRelayd({ ...world, network: this.network, log }, { ...RELAYD, liveMemory });
    this.network.settle();
  }

  /** Its actors, and the events for which they had no transition. */
  counts(): ReturnType<ReturnType<typeof startRelayd>['counts']> {
    return this.#system.counts();
  }

  pass(ms: number): void {
    this.machine.run({ forMs: ms });
    this.network.settle();
  }
}
