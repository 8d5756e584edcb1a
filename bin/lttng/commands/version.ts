/** `lttng version`: versions of this package, its protocols and Node.js, or of programs' libraries (R2.3). */
import type { Cli } from '../context.ts';
import { appsOf, processesOf } from '../describe.ts';
import { checkOfKernel, domainOf } from '../options/domain.ts';
import type { Given } from '../table/declare.ts';
import type { VERSION } from '../table/information.ts';
import { kernelLines, lacksOf } from '../text/kernel.ts';
import { registryLine, registryValue } from './status.ts';

export async function version(
  cli: Cli,
  options: Given<typeof VERSION>,
  process?: string,
): Promise<void> {
  const { pid } = options;
  if (domainOf(options) === 'kernel') {
    checkOfKernel({ '--pid': pid, 'The name of a command': process });
    await kernelVersion(cli);
  } else if (process === undefined && pid === undefined) await ownVersion(cli);
  else await libraryVersions(cli, process, pid);
}

async function kernelVersion({ control, output }: Cli): Promise<void> {
  const kernel = await control.kernel();
  output.value({ kernel: { ...kernel, lacks: lacksOf(kernel) } });
  for (const line of kernelLines(kernel)) output.line(line);
}

async function libraryVersions(
  { control, output }: Cli,
  command: string | undefined,
  pid: number | undefined,
): Promise<void> {
  const apps = await control.apps({ mayStart: false });
  const processes = processesOf(appsOf(apps, { pid, command }));
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

async function ownVersion({ control, output, world }: Cli): Promise<void> {
  const { version: own, protocols, registry } = await control.version();
  const node = process.versions.node;
  output.value({ version: own, protocols, node, registry: registryValue(registry) });
  output.line(`lttng-ts ${own}, Node.js ${node}`);
  const { control: major, application, ring } = protocols;
  output.line(`Protocols: control ${major}, application ${application}, ring buffer ${ring}`);
  output.line(registryLine(world, registry));
}
