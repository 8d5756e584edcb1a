/** `lttng recover`: writes what the buffers of sessions without living processes hold, and ends these sessions. */
import { failureIn } from '../../../actors/client/plans/plan.ts';
import {
  aliveIn,
  isThere,
  type Recovery,
  recoveriesIn,
  recoverPlan,
} from '../../../actors/client/plans/recover.ts';
import type { SessionInfo } from '../../../src/wire/control/messages.ts';
import { absolutePath } from '../../control/paths.ts';
import { removeConfig } from '../../control/session-config.ts';
import { count, SELF } from '../../terminal/output.ts';
import type { Cli } from '../context.ts';
import { CliFailure, EXIT, throwFailure } from '../failure.ts';
import { called, namedSession } from '../sessions.ts';
import type { Given } from '../table/declare.ts';
import type { RECOVER } from '../table/sessions.ts';
import { readSummary } from '../trace-report.ts';
import { isRemote, whereText } from '../where.ts';

export async function recover(
  cli: Cli,
  { session, output: into }: Given<typeof RECOVER>,
  name?: string,
): Promise<void> {
  const named = namedSession(name, session);
  const { uid } = cli.world.identity;
  const directory = into === undefined ? undefined : absolutePath(cli.world, into);
  const results = await cli.client.run(
    recoverPlan(uid, named, directory),
    'running-registry',
    directory === undefined ? [] : ['--into', directory],
  );
  const recoveries = recoveriesIn(results, uid, named, directory);
  // Without a registry and its records there is nothing to recover.
  if (recoveries.length === 0 && failureIn(results)?.code !== 'NO_REGISTRY') {
    throwFailure(results);
  }
  const reports: unknown[] = [];
  for (const recovery of recoveries) reports.push(await report(cli, recovery, directory));
  if (named !== undefined && recoveries.length === 0 && !isThere(results, uid, named)) {
    throw new CliFailure('NO_SESSION', `There is no session "${named}"`, EXIT.refused);
  }
  const alive = aliveIn(results, uid, named, directory);
  cli.output.value({ recovered: reports, alive });
  if (reports.length === 0) cli.output.tell('Nothing to recover');
  for (const session of alive) cli.output.tell(aliveText(session));
  if (recoveries.some(({ failure }) => failure !== undefined)) process.exitCode = EXIT.refused;
}

/** Why a session is not recovered, and what ends it: nothing else does after its `record` was killed. */
function aliveText(session: SessionInfo): string {
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

async function report(
  cli: Cli,
  { session, failure }: Recovery,
  into: string | undefined,
): Promise<unknown> {
  const isElsewhere = into === undefined && isRemote(session);
  const output = into === undefined ? whereText(session) : `${into}/${session.name}`;
  const { name, uuid } = session;
  if (failure !== undefined) {
    const { code } = failure;
    const hint = isElsewhere
      ? `; "${SELF} recover ${name} -o PATH" writes its events to files`
      : '';
    const reason = failure.reason + hint;
    cli.output.error(code, reason);
    return { session: { name, uuid, output }, failure: { code, reason } };
  }
  if (session.output !== undefined) removeConfig(cli.world, session.output, uuid);
  if (isElsewhere) {
    cli.output.tell(`Recovered ${called(session)}: its trace is at ${output}`);
    return { session: { name, uuid, output } };
  }
  const trace = await readSummary(cli, output, uuid);
  cli.output.tell(`Recovered ${called(session)}: ${count(trace.events, 'event')} in ${output}`);
  return { session: { name, uuid, output }, trace };
}
