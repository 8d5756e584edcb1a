/** A viewer's connection: requests in, replies out. One that breaks the protocol, or does not read, is cut off. */
import { VIEWER_REPLY_BYTES_MAX } from '../../relay/limits.ts';
import { type ServedRequest, Viewer } from '../../relay/viewer.ts';
import { VIEWER_COMMANDS } from '../../wire/live/connect.ts';
import { ViewerParser } from '../../wire/live/frames.ts';
import { LIVE_MAJOR, LIVE_MINOR_MIN } from '../../wire/live/limits.ts';
import { decodeViewerRequest, encodeViewerReply } from '../../wire/live/requests.ts';
import { RelayLink, type RelayLinkOwner } from './relay-link.ts';

export class ViewerLink extends RelayLink {
  protected override readonly replyBytesMax = VIEWER_REPLY_BYTES_MAX;
  readonly #parser = new ViewerParser();
  readonly #viewer = new Viewer(this.store.live, ({ name: session, host }) =>
    this.world.log('relay.viewerAttached', { peer: this.peer, session, host }),
  );
  /** CONNECT is the same in all revisions. */
  #minor = LIVE_MINOR_MIN;

  protected override get incompleteBytes(): number {
    return this.#parser.heldBytes;
  }

  protected override receive(bytes: Uint8Array, owner: RelayLinkOwner): void {
    const { frames, trouble } = this.#parser.push(bytes);
    for (const frame of frames) {
      const request = decodeViewerRequest(frame, this.#minor);
      if (request.ok) owner.onViewerRequest(request.value);
      else this.cutOff('invalid', request.error);
      if (this.hasEnded) return;
    }
    if (trouble !== undefined) this.cutOff('invalid', trouble);
  }

  protected override leave(): void {
    this.#viewer.end();
  }

  /** Answers CONNECT; later messages are of this revision. */
  agree(minor: number): void {
    this.#minor = minor;
    const reply = { viewer: 0n, major: LIVE_MAJOR, minor, purpose: VIEWER_COMMANDS };
    this.send(encodeViewerReply('connect', reply, minor));
  }

  answer(request: ServedRequest): void {
    if (this.hasEnded) return;
    const reply = this.#viewer.answer(request, this.#minor);
    if (reply.ok) this.send(reply.value);
    else this.cutOff('invalid', reply.error);
  }
}
