/** What the registry's actors tell each other; all plain data, addressed by actor id. */
import type { EffectEvent } from '../../src/effects/contract/effects.ts';
import type { Credentials } from '../../src/port/identity.ts';
import type { SessionPart, TracepointInfo } from '../../src/wire/app/messages.ts';
import type {
  ErrorCode,
  Operation,
  ReplyValue,
  SessionInfo,
  ToConsumer,
} from '../../src/wire/control/messages.ts';

/** A registered thread of an application; `link` is its app link's actor id. */
export interface AppIdentity extends Credentials {
  readonly link: string;
  readonly tid: number;
  /** Of the process (`Processes.startedAt`): ids are used again. 0: it is not known. */
  readonly startedAt: number;
  readonly processName: string;
  readonly sessionUuid?: string;
  readonly incarnation?: string;
}

/** Where an answer goes: a client link and the request's id. */
export interface ReplyTo {
  readonly link: string;
  readonly id: number;
}

/** Where this registry lives and whom it serves. */
export interface RegistryPlace {
  readonly scope: 'global' | 'user';
  readonly directory: string;
  readonly directoryMode: number;
  readonly clientPath: string;
  readonly appPath: string;
  readonly pipePath: string;
  readonly uid: number;
  /** Group that may use a global registry; undefined: root alone, or a per-user registry. */
  readonly groupId?: number;
}

/** What the session itself carries out; the rest the registry answers. */
export type SessionCommand = Exclude<
  Extract<Operation, { session: string }>,
  { op: 'session.get' }
>;

/** To a session. */
export type ToSession =
  | { type: 'session.command'; operation: SessionCommand; replyTo: ReplyTo }
  /** The registry has another group. */
  | { type: 'place.changed'; place: RegistryPlace }
  /** It is to be destroyed, or kept for the next registry; either way it ends. */
  | { type: 'registry.ending' }
  | { type: 'app.joined'; app: AppIdentity }
  /** Its thread has let go of everything, when it has said so. */
  | { type: 'app.left'; link: string; hasSaidSo: boolean }
  | { type: 'app.applied'; link: string; version: number }
  | { type: 'consumer.attached'; link: string; pid: number }
  | { type: 'consumer.opened' }
  | { type: 'consumer.lost'; link: string }
  | { type: 'consumer.flushed'; token: number }
  | { type: 'consumer.finished' }
  | { type: 'consumer.released'; streamId: number }
  | { type: 'snapshot.begun'; link: string; pid: number }
  | { type: 'snapshot.attached'; link: string }
  | { type: 'snapshot.ended'; link: string };

/** To an app link. */
export type ToAppLink =
  | {
      type: 'part.changed';
      session: string;
      sessionUuid: string;
      version: number;
      part: SessionPart | undefined;
    }
  /** How many sessions will say what they want of the application before it is told anything. */
  | { type: 'sessions.counted'; count: number };

/** To a client link. */
export type ToClientLink =
  | { type: 'reply.value'; id: number; value: ReplyValue }
  | { type: 'reply.failure'; id: number; code: ErrorCode; reason: string; session?: string }
  | { type: 'consumer.tell'; message: ToConsumer }
  | { type: 'consumer.accepted' }
  | { type: 'consumer.refused'; code: ErrorCode; reason: string };

/** To the registry, from its children. */
export type ToRegistry =
  | { type: 'link.authorised'; link: string }
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
  | { type: 'app.announced'; link: string; defined: readonly TracepointInfo[] }
  | { type: 'session.changed'; session: string; info: SessionInfo }
  | { type: 'session.ended'; session: string };

/** What the registry itself is told. */
export type RegistryEvent =
  | ToRegistry
  | EffectEvent
  /** What its configuration says by now. */
  | { type: 'configuration.read'; groupId: number | undefined };
