/** Why a process is recorded or not: the first reason of a fixed order, and what to do about it. */
import { type Tracker, untrackedBy } from '../../../src/wire/control/trackers.ts';
import type { Application, Session } from '../../control/api/session.ts';
import { unmatchedBy, unmatchedText } from '../options/unmatched.ts';
import type { ProcessFacts } from './process-facts.ts';

/** What the registry says, and who asks. */
export interface Seen {
  /** Undefined: none answers. */
  readonly scope: 'global' | 'user' | undefined;
  /** The threads of the process that are registered. */
  readonly apps: readonly Application[];
  /** The sessions of this user. */
  readonly sessions: readonly Session[];
  readonly uid: number;
  readonly home: string;
  /** This user is in the group of the global registry, but this process is not. */
  readonly isMemberLater: boolean;
}

export interface Explanation {
  readonly code: string;
  /** One sentence without its full stop. */
  readonly reason: string;
  /** What to do; absent when the process is recorded. */
  readonly remedy?: string;
}

const NO_LIBRARY: Explanation = {
  code: 'NO_LIBRARY',
  reason: 'It has not registered, and its command line does not load the library',
  remedy: 'start it with "lttng run", or with "node --require lttng-ts/register"',
};

export function explanationOf(facts: ProcessFacts, seen: Seen): Explanation {
  return seen.apps.length > 0 ? ofRegistered(facts, seen) : ofUnregistered(facts, seen);
}

function ofUnregistered(facts: ProcessFacts, seen: Seen): Explanation {
  const { scope, uid, home, isMemberLater } = seen;
  // The environment of another user's process cannot be read, so it may have the library.
  if (!facts.hasLibrary && facts.uid === uid) return NO_LIBRARY;
  if (scope === undefined) {
    return {
      code: 'NO_REGISTRY',
      reason: 'No registry serves you',
      remedy: '"lttng create" starts one',
    };
  }
  if (facts.uid !== uid && scope === 'user') {
    return isMemberLater
      ? {
          code: 'NEXT_LOGIN',
          reason: 'It belongs to another user, and you are in the group from your next login on',
          remedy: 'log in again',
        }
      : {
          code: 'OTHER_USER',
          reason: 'It belongs to another user, and your own registry traces only your programs',
          remedy: 'have root run the global registry, and join its group',
        };
  }
  const [other] = facts.otherNamespaces;
  if (other !== undefined) return otherNamespace(other);
  if (scope === 'user' && facts.home !== undefined && facts.home !== home) {
    return {
      code: 'OTHER_HOME',
      reason: `Its home directory is ${facts.home}, and your registry is in ${home}`,
      remedy: 'run both with the same HOME, or LTTNG_HOME',
    };
  }
  if (!facts.hasLibrary) return NO_LIBRARY;
  return {
    code: 'NOT_REGISTERED',
    reason:
      'It has the library, and has not registered: it starts at the moment, or the registry refused its version',
    remedy: 'try again, then look into the log of lttng-sessiond',
  };
}

function otherNamespace(kind: string): Explanation {
  return {
    code: 'OTHER_NAMESPACE',
    reason: `It is in another ${kind} namespace than you`,
    remedy: 'run lttng and its registry in the same container',
  };
}

function ofRegistered(facts: ProcessFacts, { apps, sessions }: Seen): Explanation {
  const unable = apps.find((app) => app.unable !== undefined)?.unable;
  if (unable !== undefined && apps.every((app) => app.unable !== undefined)) {
    return {
      code: 'UNABLE',
      reason: unable,
      remedy: 'remove that cause, and start the program again',
    };
  }
  if (facts.otherNamespaces.includes('ipc')) return otherNamespace('ipc');
  if (sessions.length === 0) {
    return {
      code: 'NO_SESSION',
      reason: 'You have no session',
      remedy: '"lttng create" creates one',
    };
  }
  const matching = sessions.flatMap((session) => matchingIn(facts, apps, session));
  const rules = matching.filter(({ session }) => excluding(facts, session) === undefined);
  const recording = rules.find(({ isEnabled, session }) => isEnabled && session.state === 'active');
  if (recording !== undefined) {
    const { pattern, session } = recording;
    const without = session.unbuffered?.threads.find(
      ({ pid, state }) => pid === facts.pid && state === 'waiting',
    );
    if (without !== undefined) {
      return {
        code: 'NO_BUFFERS',
        reason: `Session ${session.name} has no buffers for it (${without.code})`,
        remedy: `"lttng list ${session.name}" says what they lack`,
      };
    }
    return {
      code: 'RECORDED',
      reason: `Session ${session.name} records it by the rule ${pattern}`,
    };
  }
  const unstarted = rules.find(({ isEnabled }) => isEnabled)?.session;
  if (unstarted !== undefined) {
    const { name, state } = unstarted;
    return {
      code: 'NOT_STARTED',
      reason: `Session ${name} has a rule for it, and is ${state}`,
      remedy: `lttng start ${name}`,
    };
  }
  const [disabled] = rules;
  if (disabled !== undefined) {
    const { channel, session } = disabled;
    return {
      code: 'CHANNEL_DISABLED',
      reason: `Channel ${channel} of session ${session.name} has a rule for it, and is disabled`,
      remedy: `lttng enable-channel ${channel} -s ${session.name}`,
    };
  }
  const [elsewhere] = matching;
  return elsewhere === undefined ? noRule(apps, sessions) : untracked(facts, elsewhere.session);
}

/** The set of the session that the process is not in. */
function excluding(facts: ProcessFacts, { trackers = {} }: Session): Tracker | undefined {
  return untrackedBy(trackers, facts);
}

function untracked(facts: ProcessFacts, session: Session): Explanation {
  const tracker = excluding(facts, session) ?? 'vpid';
  const id = { vpid: facts.pid, vuid: facts.uid, vgid: facts.gid }[tracker];
  return {
    code: 'UNTRACKED',
    reason: `Session ${session.name} has a rule for it, and traces other processes only`,
    remedy: `lttng track --${tracker} ${id} -s ${session.name}`,
  };
}

interface Matching {
  readonly session: Session;
  readonly channel: string;
  readonly pattern: string;
  readonly isEnabled: boolean;
}

/** The enabled rules that match a tracepoint of the process, or all its tracepoints to come. */
function matchingIn(
  { spawnedFor }: ProcessFacts,
  apps: readonly Application[],
  session: Session,
): Matching[] {
  return session.channels.flatMap(({ settings, rules, disabled }) =>
    rules
      .filter(
        ({ enabled, target }) =>
          enabled && (target.kind !== 'spawned' || spawnedFor === session.uuid),
      )
      .filter((rule) => unmatchedBy(rule, apps) === undefined)
      .map(({ pattern }) => ({
        session,
        channel: settings.name,
        pattern,
        isEnabled: disabled !== true,
      })),
  );
}

/** The reason is that of the first rule; the remedy is for the first session that has a channel. */
function noRule(apps: readonly Application[], sessions: readonly Session[]): Explanation {
  const { name } = sessions.find(({ channels }) => channels.length > 0) ??
    sessions[0] ?? { name: '' };
  const rules = sessions.flatMap(({ channels }) => channels.flatMap((channel) => channel.rules));
  const unmatched = rules.filter(({ enabled }) => enabled).map((rule) => unmatchedBy(rule, apps));
  const first = unmatched.find((one) => one !== undefined);
  return {
    code: 'NO_RULE',
    reason: first === undefined ? 'No session of yours has a rule' : unmatchedText(first),
    remedy: `lttng add-event '*' -s ${name}`,
  };
}
