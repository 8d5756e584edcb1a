/** Inputs and messages of the registry's actors: plain data, addressed by actor id. */
import type { Credentials } from '../../src/port/identity.ts';
import type { TcpAddress } from '../../src/port/network.ts';
import type { SessionPart, TracepointInfo } from '../../src/wire/app/messages.ts';
import type { ChannelSettings, EventRule } from '../../src/wire/common.ts';
import type { RelayDestination } from '../../src/wire/control/destination.ts';
import type { ErrorCode } from '../../src/wire/control/error-code.ts';
import type {
  Operation,
  ReplyValue,
  SessionInfo,
  ToConsumer,
} from '../../src/wire/control/messages.ts';
import type { OutputFailure, WritingOutcome } from '../../src/wire/control/outcomes.ts';
import type { RegistryLocation, RegistryScope } from '../../src/wire/endpoints.ts';
import type { NetworkUri } from '../../src/wire/uri.ts';
import type { SessionRecord } from './record.ts';

/** A registered thread of an application; `link` is its app link's actor id. */
export interface AppIdentity extends Credentials {
  readonly link: string;
  readonly tid: number;
  /** Of the process (`Processes.startedAt`): the kernel reuses ids. 0: unknown. */
  readonly startedAt: number;
  readonly processName: string;
  readonly sessionUuid?: string;
  /** Of the package that the process has loaded. */
  readonly libraryVersion?: string;
  readonly incarnation?: string;
}

/** Where an answer goes: a client link and the request's id. */
export interface ReplyAddress {
  readonly link: string;
  readonly id: number;
}

export interface ReplyTo extends ReplyAddress {
  /** The user that asked. */
  readonly uid: number;
}

/** The location of this registry, and the users that it serves. */
export interface OwnedRegistryLocation extends RegistryLocation {
  /** User that the registry runs as. */
  readonly uid: number;
  /** Group that may use a global registry; undefined: root alone, or a per-user registry. */
  readonly groupId?: number;
}

/** What makes a session the kernel part of another one (R1.24). */
export interface KernelPart {
  /** UUID of the user part. */
  readonly user: string;
  /** Of the kernel, for the environment of its trace. */
  readonly release: string;
  readonly version: string;
  /** Largest page that an instance can have, KiB. */
  readonly pageKbMax: number;
}

/** Input of a session. */
export interface SessionInput {
  /** This actor's id. */
  readonly session: string;
  readonly registry: string;
  readonly location: OwnedRegistryLocation;
  readonly name: string;
  readonly uuid: string;
  readonly owner: { readonly uid: number; readonly gid: number };
  /** The directory of the trace; undefined: none so far. */
  readonly output: string | undefined;
  /** The relay that a new session's consumers send to. */
  readonly relay?: RelayDestination | undefined;
  /** No consumer reads the buffers; they hold the newest events for snapshots (R1.23). */
  readonly isFlightRecorder: boolean;
  /** Viewers can follow it at its relay, in this period; undefined: they cannot. */
  readonly liveTimerUs?: number | undefined;
  /** The session is a kernel part. Its writers are the CPUs, of which its kernel link tells it. */
  readonly kernel?: KernelPart | undefined;
  /** Registered at this moment. */
  readonly apps: readonly AppIdentity[];
  /** The record that an earlier registry wrote of this session. */
  readonly restored?: SessionRecord;
  /** A restored kernel part without a user part: it destroys itself. */
  readonly isOrphan?: true;
}

/** Why a link to a relay was not made. */
export interface LinkFailure {
  readonly code: ErrorCode;
  /** One sentence without its full stop, at most OUTPUT_REASON_CHARACTERS_MAX. */
  readonly reason: string;
}

/** Input of a relay link. */
export interface RelayLinkInput {
  readonly link: string;
  /** The session's actor id. */
  readonly session: string;
  /** The consumer, which gets the connections. */
  readonly consumer: Credentials;
  /** Path of the passage. */
  readonly passage: string;
  /** Where the connections lead: to the first hop, or to the destination. */
  readonly control: NetworkUri;
  readonly data: NetworkUri;
}

/** Input of an app link. */
export interface AppLinkInput {
  readonly link: string;
  readonly connection: string;
  readonly listener: string;
  readonly peer: Credentials;
  /** The root actor's id. */
  readonly registry: string;
}

/** Input of a kernel link. */
export interface KernelLinkInput {
  readonly link: string;
  /** Actor ids of the kernel part and of the registry. */
  readonly session: string;
  readonly registry: string;
  /** UUID of the kernel part. */
  readonly uuid: string;
  /** The registry's directory. */
  readonly directory: string;
}

/** A channel of a kernel part that has streams. */
export interface KernelChannel {
  readonly settings: ChannelSettings;
  readonly pageBytes: number;
  readonly rules: readonly EventRule[];
  readonly streams: readonly { readonly streamId: number; readonly cpu: number }[];
}

/** Input of a client link. */
export interface ClientLinkInput {
  readonly link: string;
  readonly connection: string;
  readonly peer: Credentials;
  readonly registry: string;
  readonly registryPid: number;
  readonly scope: RegistryScope;
  /** The directory of the session records. */
  readonly records: string;
  /** The registry derives it from the peer's credentials and the group database. */
  readonly isAllowed: boolean;
}

/** Operations that the session executes; the registry answers the others. */
export type SessionCommand = Exclude<
  Extract<Operation, { session: string }>,
  { op: 'session.get' | 'kernel.open' }
>;

/** To a session. */
export type ToSession =
  | { type: 'session.command'; operation: SessionCommand; replyTo: ReplyTo }
  /** The registry's group has changed. */
  | { type: 'place.changed'; location: OwnedRegistryLocation }
  /**
   * The session destroys itself, or keeps its record for the next registry; either way it ends. `isKept`: its kernel
   * part was kept, and so it must be.
   */
  | { type: 'registry.ending'; isKept?: true }
  | { type: 'app.joined'; app: AppIdentity }
  /**
   * `hasSaidSo`: the thread sent `leaving`, after it had detached its streams. `unable`: why it cannot record; then it
   * attached none, and is still there.
   */
  | { type: 'app.left'; link: string; hasSaidSo: boolean; unable?: string }
  /** `refused`: why the thread could not attach a stream of this session. */
  | { type: 'app.applied'; link: string; version: number; refused?: string }
  | { type: 'consumer.attached'; link: string; pid: number; gid: number }
  | { type: 'consumer.opened'; atMs?: number | undefined }
  | { type: 'consumer.lost'; link: string }
  | { type: 'consumer.outcome'; outcome: WritingOutcome }
  | { type: 'consumer.flushed'; token: number }
  | { type: 'consumer.finished' }
  | { type: 'consumer.released'; streamId: number }
  /** The consumer has reached the passage of this token. */
  | { type: 'consumer.reached'; token: number }
  /** The output of this token is in use, or cannot be used. */
  | {
      type: 'consumer.changed';
      token: number;
      failed?: OutputFailure | undefined;
      archive?: string | undefined;
      atMs?: number | undefined;
    }
  /** The chunk has as many bytes as its schedule says. */
  | { type: 'consumer.full' }
  /** It has reached the passage for pages; it has taken them. */
  | { type: 'consumer.reachedPages'; token: number }
  | { type: 'consumer.tookPages'; token: number; failed?: OutputFailure | undefined }
  /** The relay link has both connections, and waits at its passage. */
  | { type: 'link.inviting'; link: string }
  /** With `datagramsTo` it was the control connection alone: packets go to this address as datagrams. */
  | { type: 'link.passed'; link: string; datagramsTo?: TcpAddress }
  /** Its last message; without a failure the consumer sends to the relay. `isInvited`: it knows of the link. */
  | { type: 'link.settled'; link: string; isInvited: boolean; failure?: LinkFailure }
  | { type: 'snapshot.begun'; link: string; pid: number }
  | { type: 'snapshot.attached'; link: string }
  | { type: 'snapshot.ended'; link: string }
  /** To a user part: what its kernel part published last; undefined: it has none any more. */
  | { type: 'kernel.published'; info: SessionInfo | undefined }
  | FromKernelLink;

/** To a kernel part, from its kernel link. */
export type FromKernelLink =
  /** The CPUs that are online. */
  | { type: 'kernel.ready'; cpus: readonly number[] }
  /** What the session wanted with this version is done. `refused`: why an instance could not be made or used. */
  | { type: 'kernel.applied'; version: number; refused?: string }
  /** `fault`: why the kernel cannot follow the rules. */
  | { type: 'kernel.checked'; operation: EventEnable; replyTo: ReplyTo; fault?: string }
  | { type: 'kernel.tell'; message: ToConsumer }
  /** Its instances are removed, or are tried to be removed for longer. */
  | { type: 'kernel.released' };

export type EventEnable = Extract<Operation, { op: 'event.enable' }>;

/** Messages at which a consumer writes everything that was recorded before. */
export type WritingMessage = Extract<ToConsumer, { type: 'flush' | 'finish' }>;

/** To a kernel link. */
export type ToKernelLink =
  /** What the session wants; a newer version replaces an older one. */
  | {
      type: 'kernel.wanted';
      version: number;
      isActive: boolean;
      channels: readonly KernelChannel[];
    }
  | { type: 'kernel.check'; operation: EventEnable; replyTo: ReplyTo }
  /** The session has a consumer, to which it has sent its streams. */
  | { type: 'consumer.here'; consumer: Credentials }
  | { type: 'consumer.gone' }
  /** For the consumer, when it has the pages of all streams: without them it would not write what the kernel holds. */
  | { type: 'consumer.write'; message: WritingMessage }
  | { type: 'pages.reached'; token: number }
  | { type: 'pages.taken'; token: number; failed?: OutputFailure | undefined }
  /** The session ends, and its consumer has written what it could: the instances go. */
  | { type: 'kernel.release' }
  /** The session has ended. */
  | { type: 'part.over' };

/** To a relay link. */
export type ToRelayLink =
  | { type: 'link.reached' }
  | { type: 'link.changed'; failed?: OutputFailure }
  /** The session ends, or its consumer has left. The link says nothing more. */
  | { type: 'link.abort' };

/** To an app link. */
export type ToAppLink =
  | {
      type: 'part.changed';
      session: string;
      sessionUuid: string;
      version: number;
      part: SessionPart | undefined;
    }
  /** The sessions whose parts the link collects before it sends the first state. */
  | { type: 'sessions.listed'; uuids: readonly string[] };

/** To a client link. */
export type ToClientLink =
  | { type: 'reply.value'; id: number; value: ReplyValue }
  | {
      type: 'reply.failure';
      id: number;
      code: ErrorCode;
      reason: string;
      session?: string;
      domain?: 'kernel';
    }
  | { type: 'consumer.tell'; message: ToConsumer }
  | { type: 'consumer.accepted' }
  | { type: 'consumer.refused'; code: ErrorCode; reason: string };

/** To the registry, from its children. */
export type ToRegistry =
  | { type: 'link.closed'; link: string; kind: 'client' | 'app'; uid: number }
  | { type: 'request.received'; link: string; id: number; peer: Credentials; operation: Operation }
  | {
      type: 'consumer.attaching';
      link: string;
      peer: Credentials;
      sessionUuid: string;
      isSnapshot: boolean;
    }
  | { type: 'app.registered'; app: AppIdentity }
  | { type: 'app.lost'; link: string; hasSaidSo: boolean }
  /** The thread cannot record; it stays registered. */
  | { type: 'app.unable'; link: string; reason: string }
  | { type: 'app.announced'; link: string; defined: readonly TracepointInfo[] }
  | { type: 'session.changed'; session: string; info: SessionInfo }
  /** `isKept`: its record and its buffers stay for the next registry. */
  | { type: 'session.ended'; session: string; isKept?: true }
  | { type: 'kernel.linkEnded'; link: string };
