/** Handler of `network.*`: connections to other hosts, and the passage over which another process gets them. */
import type { Passage, Pending, TcpConnection } from '../../port/network.ts';
import type { World } from '../../port/world.ts';
import type { Deliver, EffectHandler } from '../contract/effects.ts';
import type { NetworkEffect } from '../contract/network.ts';

type NetworkWorld = Pick<World, 'network'>;

export function createNetworkHandler(
  world: NetworkWorld,
  deliver: Deliver,
): EffectHandler<NetworkEffect> {
  const held = new Map<string, Held>();
  return (effect, from) => {
    const own = held.get(from) ?? new Held(world, deliver, from);
    held.set(from, own);
    own.perform(effect);
    if (effect.type === 'network.release') held.delete(from);
  };
}

/** What one actor has asked for and has made. */
class Held {
  readonly #world: NetworkWorld;
  readonly #deliver: Deliver;
  readonly #owner: string;
  #pending: Pending | undefined;
  readonly #connections = new Map<string, TcpConnection>();
  #passage: Passage | undefined;

  constructor(world: NetworkWorld, deliver: Deliver, owner: string) {
    this.#world = world;
    this.#deliver = deliver;
    this.#owner = owner;
  }

  perform(effect: NetworkEffect): void {
    switch (effect.type) {
      case 'network.resolve':
        return this.#resolve(effect.host);
      case 'network.connect':
        return this.#connect(effect);
      case 'network.openPassage':
        return this.#open(effect);
      case 'network.pass':
        return this.#pass(effect);
      case 'network.release':
        return this.#release();
    }
  }

  #resolve(host: string): void {
    this.#pending?.cancel();
    this.#pending = this.#world.network.resolve(host, (outcome) => {
      this.#pending = undefined;
      this.#deliver(
        this.#owner,
        outcome.ok
          ? { type: 'network.resolved', addresses: outcome.value }
          : { type: 'network.resolveFailed', error: outcome.error },
      );
    });
  }

  #connect({ connection, address }: Extract<NetworkEffect, { type: 'network.connect' }>): void {
    this.#pending?.cancel();
    this.#pending = this.#world.network.connect(address, (outcome) => {
      this.#pending = undefined;
      if (outcome.ok) this.#connections.set(connection, outcome.value);
      this.#deliver(
        this.#owner,
        outcome.ok
          ? { type: 'network.connected', connection }
          : { type: 'network.connectFailed', connection, error: outcome.error },
      );
    });
  }

  #open({ path, uid }: Extract<NetworkEffect, { type: 'network.openPassage' }>): void {
    this.#pending?.cancel();
    const opened = this.#world.network.openPassage(path, uid);
    if (opened.ok) this.#passage = opened.value;
    this.#deliver(
      this.#owner,
      opened.ok
        ? { type: 'network.passageOpened' }
        : { type: 'network.passageFailed', error: opened.error },
    );
  }

  #pass({ to, connections }: Extract<NetworkEffect, { type: 'network.pass' }>): void {
    const passed = this.#passage?.pass(
      to,
      connections.flatMap((name) => this.#connections.get(name) ?? []),
    );
    if (passed === undefined) return;
    if (passed.ok) this.#connections.clear();
    this.#deliver(
      this.#owner,
      passed.ok ? { type: 'network.passed' } : { type: 'network.passFailed', error: passed.error },
    );
  }

  #release(): void {
    this.#pending?.cancel();
    for (const connection of this.#connections.values()) connection.drop();
    this.#passage?.close();
  }
}
