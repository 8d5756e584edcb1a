/**
 * Which streams of a live session the viewers at a relay have been told of. LTTng's relay tells a viewer of new streams
 * only with a packet of a stream that the viewer knows, and babeltrace2 reads the news of no other reply. While the
 * streams that it knows rest, one of them needs a packet without events. A viewer that knows no stream asks by itself.
 */
export class ToldStreams<Stream extends object> {
  /** The streams by the order in which they came. */
  readonly #numbers = new Map<Stream, number>();
  #newest = 0;
  /** Streams up to this one are known. */
  #told = 0;

  add(stream: Stream): void {
    this.#newest += 1;
    this.#numbers.set(stream, this.#newest);
  }

  remove(stream: Stream): void {
    this.#numbers.delete(stream);
  }

  /** Whether a packet of this stream would tell of others. */
  areNewsFor(stream: Stream): boolean {
    return this.#told < this.#newest && this.#isKnown(stream);
  }

  /** The stream has a packet that comes after all others were added. */
  tellBy(stream: Stream): void {
    if (this.#isKnown(stream)) this.#told = this.#newest;
  }

  /** The oldest one is known at any rate: viewers that know none that is there have asked. */
  #isKnown(stream: Stream): boolean {
    const [oldest] = this.#numbers.keys();
    return stream === oldest || (this.#numbers.get(stream) ?? Infinity) <= this.#told;
  }
}
