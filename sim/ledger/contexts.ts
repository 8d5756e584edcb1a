/** The contexts of sessions, derived from the commands of their users and the answers. */
import { NS_PER_MS } from '../../src/base/time.ts';
import type { Ledger } from './ledger.ts';
import { CHANGE_APPLIED_MS_MAX, isMeant, type SessionAccount } from './sessions.ts';
import { NEVER, type Window } from './window.ts';

/** A context that a user asked for; its window is open for ever. */
export interface ContextAccount extends Window {
  readonly name: string;
  /** The channels that were meant; undefined: unknown. */
  readonly channels: readonly string[] | undefined;
  /** Only events of rules carry it; undefined: all of the channel. `patterns`: undefined: rules of any name. */
  readonly ofRules: { readonly patterns: readonly string[] | undefined } | undefined;
}

/** The contexts that users asked the session for; without an answer they are never certain. */
export function contextsAsked({ commands }: Ledger, session: SessionAccount): ContextAccount[] {
  return commands.flatMap(({ uid, steps, results }) =>
    steps.flatMap(({ operation, askedAt, answeredAt = NEVER }, index) => {
      if (operation?.op !== 'context.add' || !isMeant(session, operation, uid)) return [];
      const { channel, events, target, contexts } = operation;
      const result = results[index];
      const info = result?.kind === 'reply' ? result.value.session : undefined;
      // Another session had the name.
      if (info !== undefined && info.uuid !== session.uuid) return [];
      const all = info?.channels.map(({ settings }) => settings.name);
      const channels = channel === undefined ? all : [channel];
      const isRecording = session.windows.some(
        (window) => window.askedAt <= answeredAt && askedAt <= window.endedAt,
      );
      const appliedAt = answeredAt + (isRecording ? CHANGE_APPLIED_MS_MAX * NS_PER_MS : 0);
      const activeAt = info === undefined ? NEVER : appliedAt;
      const isOfRules = events !== undefined || target !== undefined;
      const ofRules = isOfRules ? { patterns: events } : undefined;
      const held = { askedAt, activeAt, endAskedAt: NEVER, endedAt: NEVER };
      return contexts.map((name) => ({ name, channels, ofRules, ...held }));
    }),
  );
}
