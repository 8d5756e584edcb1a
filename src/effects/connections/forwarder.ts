/** Makes tunnels of connections whose peers ask for another relay, if this relay forwards there (R3.8). */
import type { World } from '../../port/world.ts';
import type { Forwarding } from '../../relay/forwarding.ts';
import type { ArriveRequest, ForwardRequest } from '../../wire/relay/forward.ts';
import { RELAY_MINOR_MAX } from '../../wire/relay/limits.ts';
import { RELAY_OK, RELAY_UNKNOWN_ERROR } from '../../wire/relay/outcome.ts';
import { encodeReply } from '../../wire/relay/requests.ts';
import { dial } from './dial.ts';
import type { RelayLink } from './relay-link.ts';

export class Forwarder {
  readonly #world: Pick<World, 'clock' | 'log' | 'network'>;
  readonly #forwarding: Forwarding;

  constructor(world: Pick<World, 'clock' | 'log' | 'network'>, forwarding: Forwarding) {
    this.#world = world;
    this.#forwarding = forwarding;
  }

  /** Replies, and calls `onOutcome` unless the link ends before. */
  forward(
    link: RelayLink,
    request: ForwardRequest,
    onOutcome: (isForwarded: boolean) => void,
  ): void {
    if (link.hasEnded) return;
    const admitted = this.#forwarding.admit(request, link.peer);
    if (!admitted.ok) {
      this.#reply(link, request.type, admitted.error);
      onOutcome(false);
      return;
    }
    const { next } = request;
    const dialling = dial(this.#world, next, (outcome) => {
      if (outcome.ok) {
        const { host, port } = link.connection.remote;
        this.#world.log('relay.forwarding', {
          peer: host,
          port,
          to: next.host,
          'to-port': next.port,
        });
        this.#reply(link, request.type);
        link.openTunnel(outcome.value);
      } else {
        const { subject, detail = '' } = outcome.error;
        this.#reply(link, request.type, `${subject} ${detail}`);
      }
      onOutcome(outcome.ok);
    });
    link.awaitNext(dialling, admitted.value);
  }

  arrive(link: RelayLink, { type, passed }: ArriveRequest): void {
    if (!link.hasEnded) this.#reply(link, type, this.#forwarding.loopOf(passed));
  }

  #reply(link: RelayLink, type: 'forward' | 'arrive', refusal?: string): void {
    const { relay } = this.#forwarding;
    if (refusal !== undefined) {
      const fields = { request: type, reason: refusal, peer: link.peer };
      this.#world.log('relay.requestRefused', fields);
    }
    const code = refusal === undefined ? RELAY_OK : RELAY_UNKNOWN_ERROR;
    const reply = { code, relay, reason: refusal ?? '' };
    link.send(encodeReply(type, reply, RELAY_MINOR_MAX));
  }
}
