/** `lttng version`: versions of this package, its protocols and Node.js, or of programs' libraries (R2.3). */
import type { Command } from 'commander';
import { allPages, appsIn, failureIn } from '../../../actors/client/plans/plan.ts';
import { VERSION_TEXT } from '../../../src/base/version.ts';
import { RING_LAYOUT_VERSION } from '../../../src/ring/layout.ts';
import { APP_PROTOCOL_MAJOR } from '../../../src/wire/app/messages.ts';
import { CONTROL_PROTOCOL_MAJOR } from '../../../src/wire/control/messages.ts';
import type { Cli, CliOf } from '../context.ts';
import { appsOf, processesOf } from '../describe.ts';
import { clientFailure, throwFailure } from '../failure.ts';
import { addDomainOptions } from '../options/domain.ts';
import { numberBetween, PID_MAX } from '../options/global.ts';
import { registryLine, registryValue } from './status.ts';

interface VersionOptions {
  readonly pid?: number;
}

export function addVersion(program: Command, cliOf: CliOf): void {
  const command = program
    .command('version')
    .summary('show versions')
    .description(
      'Shows the versions of this package, of its protocols, of Node.js, and the registry that answers; or the ' +
        'version of the library that programs have loaded. It starts no registry.',
    )
    .argument('[command]', 'show the library of every process with this name')
    .option(
      '--pid <n>',
      'show the library of this process',
      numberBetween('A process id', 1, PID_MAX),
    );
  addDomainOptions(command).action(async (process: string | undefined, options: VersionOptions) => {
    const cli = cliOf(command);
    if (process === undefined && options.pid === undefined) await version(cli);
    else await libraryVersions(cli, process, options.pid);
  });
}

async function libraryVersions(
  { client, output }: Cli,
  command: string | undefined,
  pid: number | undefined,
): Promise<void> {
  const results = await client.run(allPages(['app.list']), 'running-registry');
  throwFailure(results);
  const processes = processesOf(appsOf(appsIn(results), { pid, command }));
  output.value({
    libraries: processes.map(({ pid: of, processName, libraryVersion }) => ({
      pid: of,
      processName,
      ...(libraryVersion === undefined ? {} : { libraryVersion }),
    })),
  });
  if (processes.length === 0) output.line('No matching application is registered.');
  for (const { pid: of, processName, libraryVersion = 'does not say its version' } of processes) {
    output.line(`${processName} (pid ${of}): lttng-ts ${libraryVersion}`);
  }
}

async function version(cli: Cli): Promise<void> {
  const failed = failureIn(await cli.client.run(() => undefined, 'running-registry'));
  if (failed !== undefined && failed.code !== 'NO_REGISTRY') throw clientFailure(failed);
  const protocols = {
    control: CONTROL_PROTOCOL_MAJOR,
    application: APP_PROTOCOL_MAJOR,
    ring: RING_LAYOUT_VERSION,
  };
  const { output } = cli;
  const node = process.versions.node;
  output.value({
    version: VERSION_TEXT,
    protocols,
    node,
    registry: registryValue(cli.client.registry),
  });
  output.line(`lttng-ts ${VERSION_TEXT}, Node.js ${node}`);
  const { control, application, ring } = protocols;
  output.line(`Protocols: control ${control}, application ${application}, ring buffer ${ring}`);
  output.line(registryLine(cli));
}
