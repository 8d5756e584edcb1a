/** The viewer's side of a relay: the connection, and the view that prints what the sessions contain. */
import type { Pending } from '../../port/network.ts';
import type { World } from '../../port/world.ts';
import { LiveView } from '../../view/live/live-view.ts';
import type { PrintOptions } from '../../view/printer.ts';
import type { AttachedSession } from '../../wire/live/attach.ts';
import type { ViewerRequest } from '../../wire/live/requests.ts';
import type { RelayAddress } from '../../wire/relay/forward.ts';
import type { Deliver } from '../contract/effects.ts';
import type { ViewerAnswer, ViewerEffect } from '../contract/viewer.ts';
import { dial } from './dial.ts';
import { RelayViewer } from './relay-viewer.ts';

/** Where events are printed. */
export interface LiveOutput extends PrintOptions {
  /** Names the relay in paths of streams. */
  readonly relay: string;
  readonly write: (bytes: Uint8Array) => boolean;
}

export class ViewerHandler {
  readonly #world: Pick<World, 'clock' | 'network'>;
  readonly #deliver: Deliver;
  readonly #output: LiveOutput;
  #dialling: Pending | undefined;
  #relay: RelayViewer | undefined;
  #view: LiveView | undefined;

  constructor(world: Pick<World, 'clock' | 'network'>, deliver: Deliver, output: LiveOutput) {
    this.#world = world;
    this.#deliver = deliver;
    this.#output = output;
  }

  /** `write` takes more. */
  resume(): void {
    this.#view?.resume();
  }

  perform(effect: ViewerEffect, from: string): void {
    switch (effect.type) {
      case 'viewer.connect':
        return this.#connect(effect.relay, from);
      case 'viewer.ask':
        return this.#ask(effect.request, from);
      case 'viewer.agree':
        return this.#relay?.agree(effect.minor);
      case 'viewer.follow':
        return this.#follow(effect.sessions, from);
      case 'viewer.stop':
        return this.#view?.stop();
      case 'viewer.cancel':
        return this.#view?.cancel();
      case 'viewer.close':
        this.#dialling?.cancel();
        this.#relay?.close();
    }
  }

  #connect(relay: RelayAddress, from: string): void {
    this.#dialling = dial(this.#world, relay, (outcome) => {
      if (!outcome.ok) {
        this.#deliver(from, { type: 'viewer.connectFailed', error: outcome.error });
        return;
      }
      this.#relay = new RelayViewer(this.#world.clock, outcome.value, (reason) =>
        this.#deliver(from, { type: 'viewer.closed', reason }),
      );
      this.#deliver(from, { type: 'viewer.connected' });
    });
  }

  #ask(request: ViewerRequest, from: string): void {
    const { type } = request;
    this.#relay?.ask(type, request, (reply) =>
      this.#deliver(from, { type: 'viewer.replied', answer: { type, reply } as ViewerAnswer }),
    );
  }

  #follow(sessions: readonly AttachedSession[], from: string): void {
    const relay = this.#relay;
    if (relay === undefined) return;
    this.#view = new LiveView(this.#world, {
      ...this.#output,
      sessions,
      ask: relay.ask,
      onLie: (reason) => relay.cutOff(reason),
      onEnd: (summary) => this.#deliver(from, { type: 'viewer.followed', summary }),
    });
  }
}
