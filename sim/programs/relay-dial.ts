/** Connects to a relay as a sender does: a control connection and a data connection, both or none, within a time. */
import type { Timer } from '../../src/port/clock.ts';
import type { Pending, TcpConnection } from '../../src/port/network.ts';
import type { World } from '../../src/port/world.ts';
import type { RelayConnections } from '../../src/recorder/relay-link.ts';
import { RELAY_PORTS } from '../input/relay.ts';

/** For the name and both connections together. */
const DIAL_MS_MAX = 5_000;

export class RelayDial {
  readonly #world: Pick<World, 'clock' | 'network'>;
  readonly #onOutcome: (connections: RelayConnections | undefined) => void;
  readonly #patience: Timer;
  #pending: Pending | undefined;
  #control: TcpConnection | undefined;
  /** Addresses that are not tried yet. */
  #addresses: readonly string[] = [];

  /** `onOutcome` gets undefined when the relay cannot be reached. */
  constructor(
    world: Pick<World, 'clock' | 'network'>,
    relay: string,
    onOutcome: (connections: RelayConnections | undefined) => void,
  ) {
    this.#world = world;
    this.#onOutcome = onOutcome;
    this.#patience = world.clock.setTimer(DIAL_MS_MAX, () => this.#finish(undefined));
    this.#pending = world.network.resolve(relay, (found) => {
      if (!found.ok) return this.#finish(undefined);
      this.#addresses = found.value;
      this.#tryNext();
    });
  }

  #tryNext(): void {
    this.#control?.drop();
    this.#control = undefined;
    const [host, ...others] = this.#addresses;
    this.#addresses = others;
    if (host === undefined) return this.#finish(undefined);
    const { network } = this.#world;
    this.#pending = network.connect({ host, port: RELAY_PORTS.control }, (control) => {
      if (!control.ok) return this.#tryNext();
      this.#control = control.value;
      this.#pending = network.connect({ host, port: RELAY_PORTS.data }, (data) => {
        if (!data.ok) return this.#tryNext();
        this.#finish({ control: control.value, data: data.value });
      });
    });
  }

  #finish(connections: RelayConnections | undefined): void {
    this.#patience.cancel();
    if (connections === undefined) {
      this.#pending?.cancel();
      this.#control?.drop();
    }
    this.#onOutcome(connections);
  }
}
