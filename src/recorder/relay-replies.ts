/** The replies that a relay owes on one connection, in the order of the requests; a reply has no header. */
import { joined } from '../base/bytes.ts';
import { fail, ok, type Result } from '../base/result.ts';

/** Most bytes of an incomplete reply: the longest one has a path. */
const REPLY_BYTES_MAX = 8192;

/** Takes the reply at the start of the bytes; returns its length, or undefined when it is incomplete. */
export type TakeReply = (bytes: Uint8Array) => Result<number | undefined, string>;

export class RelayReplies {
  /** The sender of requests bounds them. */
  readonly #owed: TakeReply[] = [];
  #received = new Uint8Array(0);

  get areOwed(): boolean {
    return this.#owed.length > 0;
  }

  await(take: TakeReply): void {
    this.#owed.push(take);
  }

  /** Takes what is complete. The error is one sentence: the rest of the bytes means nothing. */
  push(bytes: Uint8Array): Result<void, string> {
    const received = joined([this.#received, bytes]);
    let at = 0;
    while (at < received.byteLength) {
      const take = this.#owed.shift();
      if (take === undefined) return fail('bytes came that answer nothing');
      const taken = take(received.subarray(at));
      if (!taken.ok) return taken;
      if (taken.value === undefined) {
        this.#owed.unshift(take);
        break;
      }
      at += taken.value;
    }
    this.#received = received.slice(at);
    return this.#received.byteLength > REPLY_BYTES_MAX
      ? fail('a reply is too long')
      : ok(undefined);
  }
}
