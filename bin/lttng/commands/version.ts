/** `lttng version`: versions of this package, its protocols and Node.js (R2.3). Starts no registry. */
import type { Command } from 'commander';
import { failureIn } from '../../../actors/client/plans/plan.ts';
import { VERSION_TEXT } from '../../../src/base/version.ts';
import { RING_LAYOUT_VERSION } from '../../../src/ring/layout.ts';
import { APP_PROTOCOL_MAJOR } from '../../../src/wire/app/messages.ts';
import { CONTROL_PROTOCOL_MAJOR } from '../../../src/wire/control/messages.ts';
import type { Cli, CliOf } from '../context.ts';
import { clientFailure } from '../failure.ts';
import { registryLine, registryValue } from './status.ts';

export function addVersion(program: Command, cliOf: CliOf): void {
  program
    .command('version')
    .summary('show versions')
    .description(
      'Shows the versions of this package, of its protocols, of Node.js, and the registry that answers.',
    )
    .action(async (_options: object, command: Command) => {
      await version(cliOf(command));
    });
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
