/**
 * The relay as a whole daemon on a simulated host, and viewers: one that breaks the protocol, sends nothing or does not
 * read is cut off, while the session and another viewer go on.
 */
import { expect, it } from 'vitest';
import { NEGOTIATION_MS_MAX } from '../../../actors/relayd/limits.ts';
import { VIEWER_REPLY_BYTES_MAX } from '../../../src/relay/limits.ts';
import { LIVE_DATA_BYTES_MAX } from '../../../src/wire/live/limits.ts';
import {
  decodeViewerReply,
  encodeViewerRequest,
  type ViewerReplyTo,
  type ViewerRequest,
} from '../../../src/wire/live/requests.ts';
import { must } from '../../support/ring/memory.ts';
import {
  type PeerConnection,
  RelayStage,
  type StagedPeer,
} from '../../support/simulated/relay-stage.ts';

const MINOR = 4;
const INDEX = { type: 'get-next-index', stream: 1n } as const;
const PACKET = { type: 'get-packet', stream: 1n, offset: 0n, byteLength: 100 } as const;

class StagedViewer {
  readonly #stage: RelayStage;
  readonly end: PeerConnection;

  constructor(stage: RelayStage) {
    this.#stage = stage;
    this.end = stage.connect('live');
  }

  /** A viewer that is attached to the first session, from its beginning. */
  static attached(stage: RelayStage): StagedViewer {
    const viewer = new StagedViewer(stage);
    viewer.ask({ type: 'connect', viewer: 0n, major: 2, minor: MINOR, purpose: 1 });
    viewer.ask({ type: 'create-viewer' });
    const attach = { type: 'attach', session: 1n, offset: 0n, seek: 'beginning' } as const;
    expect(viewer.ask(attach).status).toBe('ok');
    return viewer;
  }

  send(request: ViewerRequest, count = 1): void {
    for (let sent = 0; sent < count; sent++) {
      this.end.connection.send(encodeViewerRequest(request, MINOR));
    }
  }

  /** Sends a request and waits for its reply. */
  ask<Request extends ViewerRequest>(request: Request): ViewerReplyTo<Request['type']> {
    this.end.received = new Uint8Array(0);
    this.send(request);
    this.#stage.pass(2000);
    const { received } = this.end;
    const decoded = must(decodeViewerReply<Request['type']>(request.type, received, MINOR));
    if (decoded === undefined) throw new Error(`no reply to ${request.type}`);
    return decoded.reply;
  }
}

/** A live session with a stream that viewers know, and what adds packets of a mebibyte. */
function begun(): { stage: RelayStage; peer: StagedPeer; add: (sequence: number) => void } {
  const stage = new RelayStage(1);
  const peer = stage.peer(3n, 1_000_000);
  peer.ask({ type: 'streams-sent' });
  const add = (sequence: number): void => {
    peer.packet(sequence, LIVE_DATA_BYTES_MAX);
    expect(peer.index(sequence, LIVE_DATA_BYTES_MAX)).toBe(10);
    stage.pass(5000);
  };
  return { stage, peer, add };
}

it('a viewer that breaks the protocol is cut off, the others go on', () => {
  const { stage, peer, add } = begun();
  const [good, bad] = [StagedViewer.attached(stage), StagedViewer.attached(stage)];
  const [silent, early] = [new StagedViewer(stage), new StagedViewer(stage)];
  add(0);
  bad.end.connection.send(new Uint8Array(64).fill(0xff));
  early.send({ type: 'list-sessions' });
  stage.pass(NEGOTIATION_MS_MAX + 5000);
  for (const { end } of [bad, silent, early]) expect(end.reason).not.toBe('');
  expect(good.ask(INDEX)).toMatchObject({ status: 'ok', timestampBegin: 0n });
  expect(good.ask(PACKET).content).toEqual(new Uint8Array(100).fill(1));
  add(1);
  expect(good.ask(INDEX)).toMatchObject({ status: 'ok', timestampBegin: 1n });
  const [session] = good.ask({ type: 'list-sessions' }).sessions;
  expect(session).toMatchObject({ viewers: 1, streams: 1 });
  expect([peer.control.reason, peer.data.reason]).toEqual(['', '']);
});

it('a viewer that does not read its replies is cut off past the bound', () => {
  const { stage, peer, add } = begun();
  const [slow, good] = [StagedViewer.attached(stage), StagedViewer.attached(stage)];
  add(0);
  slow.ask(INDEX);
  const whole = { ...PACKET, byteLength: LIVE_DATA_BYTES_MAX };
  const atBound = VIEWER_REPLY_BYTES_MAX / LIVE_DATA_BYTES_MAX - 1;
  /** Whether the relay cuts it off when it asks so often before it reads. */
  const isCutOff = (count: number): boolean => {
    slow.end.connection.pause();
    slow.send(whole, count);
    stage.pass(5000);
    slow.end.connection.resume();
    stage.pass(60_000);
    return slow.end.reason !== '';
  };
  expect(isCutOff(atBound)).toBe(false);
  expect(isCutOff(4 * atBound)).toBe(true);
  expect(good.ask(INDEX).status).toBe('ok');
  expect([peer.control.reason, peer.data.reason]).toEqual(['', '']);
});
