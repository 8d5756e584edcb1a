/**
 * A viewer's connection to a relay: requests out, replies in. It ends once and for all: when the relay ends it, answers
 * nothing for {@link VIEWER_REPLY_MS_MAX}, or breaks the protocol.
 */
import type { Timer } from '../../port/clock.ts';
import type { TcpConnection } from '../../port/network.ts';
import type { World } from '../../port/world.ts';
import { type AskRelay, ViewerConversation } from '../../wire/live/conversation.ts';

/** How long the relay may answer no request; silence is noticed after at most twice this time. */
export const VIEWER_REPLY_MS_MAX = 10_000;

export class RelayViewer {
  readonly #clock: World['clock'];
  readonly #connection: TcpConnection;
  readonly #onClosed: (reason: string) => void;
  readonly #conversation = new ViewerConversation();
  #watch: Timer | undefined;
  #hasEnded = false;

  /** `onClosed`: the connection has ended, not by us; one sentence. */
  constructor(
    clock: World['clock'],
    connection: TcpConnection,
    onClosed: (reason: string) => void,
  ) {
    this.#clock = clock;
    this.#connection = connection;
    this.#onClosed = onClosed;
    connection.start({
      onData: (bytes) => {
        if (this.#hasEnded) return;
        const trouble = this.#conversation.receive(bytes);
        if (trouble !== undefined) this.cutOff(trouble);
      },
      onClose: () => this.#end('the relay closed the connection'),
    });
  }

  agree(minor: number): void {
    this.#conversation.minor = minor;
  }

  readonly ask: AskRelay = (type, request, onReply) => {
    if (this.#hasEnded) return;
    this.#connection.send(this.#conversation.ask(type, request, onReply));
    this.#watch ??= this.#watchFrom(this.#conversation.replies);
  };

  /** The relay breaks the protocol: one clause. */
  cutOff(reason: string): void {
    this.#connection.drop();
    this.#end(`the relay breaks the protocol: ${reason}`);
  }

  close(): void {
    this.#stop();
    this.#connection.close();
  }

  #end(reason: string): void {
    if (this.#hasEnded) return;
    this.#stop();
    this.#onClosed(reason);
  }

  #stop(): void {
    this.#hasEnded = true;
    this.#watch?.cancel();
    this.#conversation.end();
  }

  #watchFrom(replies: number): Timer {
    return this.#clock.setTimer(
      VIEWER_REPLY_MS_MAX,
      () => {
        this.#watch = undefined;
        const { isOwed, replies: now } = this.#conversation;
        if (!isOwed) return;
        if (now > replies) this.#watch = this.#watchFrom(now);
        else {
          this.#connection.drop();
          this.#end('the relay does not answer');
        }
      },
      { background: true },
    );
  }
}
