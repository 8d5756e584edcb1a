/** `lttng recover`: what was recorded when everything died is written, and nothing of it stays but the traces. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { failureIn } from '../../../actors/client/plans/plan.ts';
import { type Recovery, recoveriesIn, recoverPlan } from '../../../actors/client/plans/recover.ts';
import { removeConfig } from '../../control/session-config.ts';
import { count, safe } from '../../terminal/output.ts';
import type { Cli, CliOf } from '../context.ts';
import { EXIT, throwFailure } from '../failure.ts';
import { called, namedSession, SESSION_OPTION } from '../sessions.ts';
import { readSummary } from '../trace-report.ts';

interface RecoverOptions {
  readonly session?: string;
  readonly output?: string;
}

export function addRecover(program: Command, cliOf: CliOf): void {
  program
    .command('recover')
    .summary('write what sessions hold that lost everything, and end them')
    .description(
      'Ends your sessions whose consumer and applications have all died, as after a crash of everything: what\n' +
        'their buffers hold is written first. For one with applications "lttng consume --continue" is enough; one\n' +
        'that is named and has no consumer is ended all the same.',
    )
    .argument('[session]', 'this session alone, by name or UUID')
    .option(...SESSION_OPTION)
    .option('-o, --output <path>', 'write to PATH/NAME instead of the directory of the session')
    .action(async (argument: string | undefined, options: RecoverOptions, command: Command) => {
      await recover(cliOf(command), namedSession(argument, options.session), options.output);
    });
}

async function recover(
  cli: Cli,
  named: string | undefined,
  into: string | undefined,
): Promise<void> {
  const { uid, workingDirectory } = cli.world.identity;
  const directory = into === undefined ? undefined : resolve(workingDirectory, into);
  const results = await cli.client.run(
    recoverPlan(uid, named),
    'running-registry',
    directory === undefined ? [] : ['--into', directory],
  );
  const recoveries = recoveriesIn(results, uid, named);
  // Without a registry, and without records of one, there is nothing either.
  if (recoveries.length === 0 && failureIn(results)?.code !== 'NO_REGISTRY') {
    throwFailure(results);
  }
  const told = recoveries.map((recovery) => tell(cli, recovery, directory));
  cli.output.value({ recovered: told });
  if (told.length === 0) cli.output.tell('Nothing to recover');
  if (recoveries.some(({ failure }) => failure !== undefined)) process.exitCode = EXIT.refused;
}

function tell(cli: Cli, { session, failure }: Recovery, into: string | undefined): unknown {
  const output = into === undefined ? session.output : `${into}/${session.name}`;
  const { name, uuid } = session;
  if (failure !== undefined) {
    const { code, reason } = failure;
    cli.output.error(code, reason);
    return { session: { name, uuid, output }, failure: { code, reason } };
  }
  removeConfig(cli.world, session.output, uuid);
  const trace = readSummary(cli, output);
  cli.output.tell(
    `Recovered ${called(session)}: ${count(trace.events, 'event')} in ${safe(output)}`,
  );
  return { session: { name, uuid, output }, trace };
}
