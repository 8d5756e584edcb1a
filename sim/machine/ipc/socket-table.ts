/** The connections of a host. */
import type { Credentials } from '../../../src/port/identity.ts';
import type { HostScheduler } from '../core/host-scheduler.ts';
import { SocketEnd } from './socket-end.ts';

export class SocketTable {
  /** Every end of a connection that is still open in the kernel, oldest first. */
  readonly ends = new Set<SocketEnd>();
  readonly #scheduler: HostScheduler;

  constructor(scheduler: HostScheduler) {
    this.#scheduler = scheduler;
  }

  /** Creates the two ends of a connection: the first for the process `own`, the second for `peer`. */
  connect(label: string, own: Credentials, peer: Credentials): [SocketEnd, SocketEnd] {
    const scheduler = this.#scheduler;
    const first = new SocketEnd(scheduler, this.ends, scheduler.lane(`${label} in`), peer);
    const second = new SocketEnd(scheduler, this.ends, scheduler.lane(`${label} out`), own);
    first.join(second);
    return [first, second];
  }
}
