/**
 * Recovery: `lttng recover` ends the sessions of its user that have lost their consumer and all applications, and no
 * session into which an application still records.
 */

import { concerns } from '../ledger/eligibility.ts';
import type { CommandAccount, Ledger, ThreadAccount } from '../ledger/ledger.ts';
import { type SessionAccount } from '../ledger/sessions.ts';
import { type Finding, finder } from './finding.ts';

const answers = finder('answers');

export function checkRecovery(ledger: Ledger, sessions: readonly SessionAccount[]): Finding[] {
  const recordsInto = (session: SessionAccount, at: number): ThreadAccount[] =>
    ledger.threads.filter(
      (thread) =>
        concerns(session, thread) &&
        (thread.endedAt ?? Number.POSITIVE_INFINITY) > at &&
        thread.emissions.some((emission) => emission.isEnabled && emission.at < at),
    );
  return ledger.commands
    .filter(({ isRecovery }) => isRecovery === true)
    .flatMap((command) => [
      ...destroyedBy(command, sessions)
        .filter(({ session, askedAt }) => recordsInto(session, askedAt).length > 0)
        .map(({ session }) =>
          answers(`recovery ended "${session.name}", into which an application records`),
        ),
      ...lostAfter(ledger, command, sessions)
        // While the command waits, the registry notices which applications have died.
        .filter((session) => recordsInto(session, command.startedAt).length === 0)
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
