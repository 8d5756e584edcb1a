/**
 * Connections of a relay: control connections as messages, data connections as packets that are stored as they arrive.
 * A peer that breaks the protocol, or does not read its replies, is cut off with its address and one sentence. Either
 * connection becomes a tunnel when its peer asks for another relay (R3.8).
 */
import { answer, isOfSession, type SessionRequest } from '../../relay/answer.ts';
import { REPLY_BYTES_MAX } from '../../relay/limits.ts';
import { PacketReceiver } from '../../relay/packets.ts';
import { PeerSession } from '../../relay/session.ts';
import { ControlParser } from '../../wire/relay/control-frames.ts';
import { DataParser } from '../../wire/relay/data-frames.ts';
import { DataOpening } from '../../wire/relay/data-opening.ts';
import { RELAY_MAJOR, RELAY_MINOR_MIN } from '../../wire/relay/limits.ts';
import { decodeRequest, encodeReply } from '../../wire/relay/requests.ts';
import { RelayLink, type RelayLinkOwner } from './relay-link.ts';

export class ControlLink extends RelayLink {
  protected override readonly replyBytesMax = REPLY_BYTES_MAX;
  readonly #parser = new ControlParser();
  #session: PeerSession | undefined;
  /** VERSION is the same in all revisions. */
  #minor = RELAY_MINOR_MIN;
  /** The owner leaves the requests of the session to the link. */
  #isServing = false;

  protected override get incompleteBytes(): number {
    return this.#parser.heldBytes;
  }

  override adopt(owner: RelayLinkOwner): void {
    this.#session = new PeerSession(
      this.store,
      this.peer,
      () => owner.onSettled(),
      (reason) => this.cutOff('invalid', reason),
    );
    super.adopt(owner);
  }

  protected override receive(bytes: Uint8Array, owner: RelayLinkOwner): void {
    const { frames, trouble } = this.#parser.push(bytes);
    for (const frame of frames) {
      if (this.cutOffHasty(true)) return;
      const request = decodeRequest(frame, this.#minor);
      if (!request.ok) this.cutOff('invalid', request.error);
      else if (this.#isServing && isOfSession(request.value)) this.answer(request.value);
      else owner.onRequest(request.value);
      if (this.hasEnded) return;
    }
    if (trouble !== undefined) this.cutOff('invalid', trouble);
    else this.cutOffHasty(this.#parser.heldBytes > 0);
  }

  protected override leave(): void {
    this.#session?.end();
  }

  /** Answers VERSION; later messages are of this revision. */
  agree(minor: number): void {
    this.#minor = minor;
    this.send(encodeReply('version', { major: RELAY_MAJOR, minor }, minor));
  }

  /** From now on only requests about the version and the way are the owner's. */
  serve(): void {
    this.#isServing = true;
  }

  answer(request: SessionRequest): void {
    if (this.#session === undefined || this.hasEnded) return;
    const { reply, refusal } = answer(this.store, this.#session, request, this.#minor);
    if (refusal !== undefined) {
      const fields = { request: request.type, reason: refusal, peer: this.peer };
      this.world.log('relay.requestRefused', fields);
    }
    if (reply !== undefined) this.send(reply);
    else if (refusal !== undefined) this.cutOff('invalid', `${request.type}: ${refusal}`);
  }

  abandon(): void {
    this.world.log('relay.sessionAbandoned', { peer: this.peer });
    this.#session?.abandon();
  }
}

export class DataLink extends RelayLink {
  protected override readonly replyBytesMax = REPLY_BYTES_MAX;
  readonly #receiver = new PacketReceiver(this.store);
  readonly #parser = new DataParser(this.#receiver);
  readonly #opening = new DataOpening();

  protected override get incompleteBytes(): number {
    return this.#opening.heldBytes;
  }

  protected override receive(bytes: Uint8Array, owner: RelayLinkOwner): void {
    const opened = this.#opening.push(bytes);
    if (!opened.ok) return this.cutOff('invalid', opened.error);
    const { packets, forward } = opened.value;
    if (forward !== undefined) {
      owner.onRequest(forward.request);
      this.cutOffHasty(forward.isMore);
      return;
    }
    for (const part of packets) {
      const trouble = this.#parser.push(part);
      if (trouble !== undefined) return this.cutOff('invalid', trouble);
    }
  }

  protected override leave(): void {
    this.#receiver.abort();
  }
}
