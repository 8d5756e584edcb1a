/**
 * Recovery: `lttng recover` ends the sessions of its user that have lost their consumer and all applications, and no
 * session into which an application still records.
 */

import { channelsFor, concerns } from '../ledger/eligibility.ts';
import type { CommandAccount, Ledger, ThreadAccount } from '../ledger/ledger.ts';
import { type SessionAccount } from '../ledger/sessions.ts';
import { type Finding, finder } from './finding.ts';

const answers = finder('answers');

export function checkRecovery(ledger: Ledger, sessions: readonly SessionAccount[]): Finding[] {
  const aliveAt = (at: number): ThreadAccount[] =>
    ledger.threads.filter(({ endedAt }) => endedAt === undefined || endedAt > at);
  const recordsInto = (session: SessionAccount, at: number): boolean =>
    aliveAt(at).some(
      (thread) =>
        concerns(session, thread) &&
        thread.emissions.some((emission) => emission.isEnabled && emission.at < at),
    );
  // It has buffers, even if the session was stopped again before its first event.
  const mayRecordInto = (session: SessionAccount, at: number): boolean =>
    aliveAt(at).some((thread) => channelsFor(session, thread).size > 0);
  return ledger.commands
    .filter(({ isRecovery }) => isRecovery === true)
    .flatMap((command) => [
      ...destroyedBy(command, sessions)
        .filter(({ session, askedAt }) => recordsInto(session, askedAt))
        .map(({ session }) =>
          answers(`recovery ended "${session.name}", into which an application records`),
        ),
      ...lostAfter(ledger, command, sessions)
        // While the command waits, the registry notices which applications have died.
        .filter((session) => !mayRecordInto(session, command.startedAt))
        .map(({ name }) =>
          answers(`after recovery "${name}" exists without a consumer or an application`),
        ),
    ]);
}

function destroyedBy(
  { steps, results }: CommandAccount,
  sessions: readonly SessionAccount[],
): { session: SessionAccount; askedAt: number }[] {
  return steps.flatMap(({ operation, askedAt }, index) => {
    if (operation?.op !== 'session.destroy' || results[index]?.kind !== 'reply') return [];
    const session = sessions.find(({ uuid }) => uuid === operation.session);
    return session === undefined ? [] : [{ session, askedAt }];
  });
}

/** The sessions without a consumer in the answer to its user's next command, a list. */
function lostAfter(
  { commands }: Ledger,
  { results, doneAt, user }: CommandAccount,
  sessions: readonly SessionAccount[],
): SessionAccount[] {
  const hasFailed = results.some(({ kind }) => kind === 'failure');
  if (doneAt === undefined || hasFailed) return [];
  const next = commands.find((other) => other.user === user && other.startedAt >= doneAt);
  const listed = next?.results[0];
  if (next?.steps[0]?.operation?.op !== 'session.list' || listed?.kind !== 'reply') return [];
  return (listed.value.sessions ?? []).flatMap(({ uuid, consumerPid, streams }) =>
    consumerPid === undefined && streams > 0
      ? sessions.filter((session) => session.uuid === uuid && !session.isFlightRecorder)
      : [],
  );
}
