/** `lttng recover`: writes what the buffers of sessions without living processes hold, and ends these sessions. */
import type { Recovery } from '../../control/api/results.ts';
import type { Session } from '../../control/api/session.ts';
import { count, SELF } from '../../terminal/output.ts';
import type { Cli } from '../context.ts';
import { EXIT } from '../failure.ts';
import { called, givenName } from '../sessions.ts';
import type { Given } from '../table/declare.ts';
import type { RECOVER } from '../table/sessions.ts';
import { readSummary } from '../trace-report.ts';
import { isRemote, whereText } from '../where.ts';

export async function recover(
  cli: Cli,
  { session: option, output: into }: Given<typeof RECOVER>,
  name?: string,
): Promise<void> {
  const { control, output } = cli;
  const session = givenName(name, option);
  const { recoveries, alive } = await control.recover({ session, output: into });
  const reports: unknown[] = [];
  for (const recovery of recoveries) {
    reports.push(await report(cli, recovery, into === undefined && isRemote(recovery.session)));
  }
  output.value({ recovered: reports, alive });
  if (reports.length === 0) output.tell('Nothing to recover');
  for (const each of alive) output.tell(aliveText(each));
  if (recoveries.some(({ error }) => error !== undefined)) process.exitCode = EXIT.refused;
}

/** Why a session is not recovered, and what ends it: nothing else does after its `record` was killed. */
function aliveText(session: Session): string {
  const { name, state, consumerPid, flightRecorder, writers } = session;
  const consumer = consumerPid === undefined ? 'no consumer' : `consumer ${consumerPid}`;
  const threads = count(writers, 'traced thread');
  const which = flightRecorder
    ? `a flight recorder with ${threads}; "${SELF} snapshot ${name}" copies its buffers`
    : `with ${consumer} and ${threads}; its trace is in ${whereText(session)}`;
  const end =
    session.destination?.state === 'lost'
      ? `"${SELF} recover ${name} -o PATH" writes its events to files and ends it`
      : `"${SELF} destroy ${name}" ends it`;
  return `Not recovered: ${called(session)} is ${state}, ${which}; ${end}`;
}

/** `isElsewhere`: a relay has the trace. */
async function report(
  cli: Cli,
  { session, output, error }: Recovery,
  isElsewhere: boolean,
): Promise<unknown> {
  const { name, uuid } = session;
  if (error !== undefined) {
    const { code } = error;
    const hint = isElsewhere
      ? `; "${SELF} recover ${name} -o PATH" writes its events to files`
      : '';
    const reason = error.message + hint;
    cli.output.error(code, reason);
    return { session: { name, uuid, output }, failure: { code, reason } };
  }
  if (isElsewhere) {
    cli.output.tell(`Recovered ${called(session)}: its trace is at ${output}`);
    return { session: { name, uuid, output } };
  }
  const trace = await readSummary(cli, output, session);
  cli.output.tell(`Recovered ${called(session)}: ${count(trace.events, 'event')} in ${output}`);
  return { session: { name, uuid, output }, trace };
}
