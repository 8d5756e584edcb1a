/** `lttng version`: versions of this package, its protocols and Node.js, or of programs' libraries (R2.3). */
import { allPages, appsIn, failureIn } from '../../../actors/client/plans/plan.ts';
import { VERSION_TEXT } from '../../../src/base/version.ts';
import { RING_LAYOUT_VERSION } from '../../../src/ring/layout.ts';
import { APP_PROTOCOL_MAJOR } from '../../../src/wire/app/messages.ts';
import { CONTROL_PROTOCOL_MAJOR } from '../../../src/wire/control/messages.ts';
import type { Cli } from '../context.ts';
import { appsOf, processesOf } from '../describe.ts';
import { clientFailure, throwFailure } from '../failure.ts';
import type { Given } from '../table/declare.ts';
import type { VERSION } from '../table/information.ts';
import { registryLine, registryValue } from './status.ts';

export async function version(
  cli: Cli,
  { pid }: Given<typeof VERSION>,
  process?: string,
): Promise<void> {
  if (process === undefined && pid === undefined) await ownVersion(cli);
  else await libraryVersions(cli, process, pid);
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

async function ownVersion(cli: Cli): Promise<void> {
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
