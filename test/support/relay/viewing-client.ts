/** What a viewer of a relay asks and gets, without connections. */
import type { RelayStore } from '../../../src/relay/store.ts';
import { type ServedRequest, Viewer } from '../../../src/relay/viewer.ts';
import { decodeViewerReply, type ViewerReplyTo } from '../../../src/wire/live/requests.ts';
import type { ListedStream } from '../../../src/wire/live/streams.ts';
import { must } from '../ring/memory.ts';

export class ViewingPeer {
  readonly #viewer: Viewer;
  readonly #minor: number;
  /** Names of the sessions that it attached to, as the relay notes them. */
  readonly attached: string[] = [];

  constructor(store: RelayStore, minor = 4) {
    this.#viewer = new Viewer(store.live, ({ name }) => this.attached.push(name));
    this.#minor = minor;
    this.ask({ type: 'create-viewer' });
  }

  /** The reply, which must be well formed. */
  ask<Request extends ServedRequest>(request: Request): ViewerReplyTo<Request['type']> {
    const reply = must(this.#viewer.answer(request, this.#minor));
    const decoded = must(decodeViewerReply<Request['type']>(request.type, reply, this.#minor));
    if (decoded?.byteLength !== reply.byteLength) throw new Error('the reply has another length');
    return decoded.reply;
  }

  /** Why the viewer is to be cut off. */
  refusal(request: ServedRequest): string {
    const answer = this.#viewer.answer(request, this.#minor);
    return answer.ok ? '' : answer.error;
  }

  /** Attaches to the only session; returns its streams. */
  attach(seek: 'beginning' | 'last' = 'beginning'): readonly ListedStream[] {
    const [session] = this.ask({ type: 'list-sessions' }).sessions;
    if (session === undefined) throw new Error('no session');
    const reply = this.ask({ type: 'attach', session: session.session, offset: 0n, seek });
    if (reply.status !== 'ok') throw new Error(reply.status);
    return reply.streams;
  }

  /** The begin timestamps of the packets that are there, each with its first byte, and the status after them. */
  read(stream: bigint): string {
    const read: string[] = [];
    for (;;) {
      const index = this.ask({ type: 'get-next-index', stream });
      if (index.status !== 'ok') return [...read, index.status].join(' ');
      const byteLength = Number(index.packetBits / 8n);
      const packet = this.ask({ type: 'get-packet', stream, offset: index.offset, byteLength });
      read.push(`${index.timestampBegin}:${packet.content[0] ?? packet.status}`);
    }
  }

  metadata(stream: bigint): string {
    const { status, content } = this.ask({ type: 'get-metadata', stream });
    return status === 'ok' ? Buffer.from(content).toString() : status;
  }

  end(): void {
    this.#viewer.end();
  }
}
