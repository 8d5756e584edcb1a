/** The main of `lttng-relayd`: see `actors/programs/relayd.ts` and `docs/relay.md`. */
import { startRelayd } from '../../actors/programs/relayd.ts';
import { absoluteIn } from '../../src/base/absolute-path.ts';
import { createIdentity } from '../../src/os/identity.ts';
import { descriptorLimit } from '../../src/os/limits.ts';
import type { World } from '../../src/port/world.ts';
import { LiveMemory } from '../../src/relay/live-memory.ts';
import { locationOf, ownScope, tracesDirectory } from '../../src/wire/endpoints.ts';
import { isInBackground, startInBackground, tellReady, tellStarter } from './background.ts';
import { cannotStart, type Daemon, startDaemon } from './daemon.ts';
import { RELAYD, type RelaydOptions, relaydCommand, relaydOptions } from './relayd-options.ts';

export function main(): void {
  const command = relaydCommand().action(() => {
    const read = relaydOptions(command);
    const options = read.ok ? read.value : cannotStart(RELAYD, read.error);
    const { background, daemonize } = options;
    if ((background ?? daemonize) && !isInBackground()) {
      startInBackground(RELAYD, daemonize === true ? 'daemonize' : 'background');
      return;
    }
    // The file's path is of the directory before the change, as it was read there.
    const config = absolutePath(createIdentity(RELAYD).workingDirectory, options.config);
    const directory = enterDirectory(options.workingDirectory);
    const paths = { ...pathsOf(options, directory), config };
    // Also the log is in this directory, if its path is relative.
    startDaemon(command, (daemon) => start(daemon, options, paths));
    if (daemonize === true && options.workingDirectory === undefined) process.chdir('/');
  });
  command.parse();
}

interface Paths {
  readonly output: string;
  readonly pidFile: string | undefined;
}

function start(
  { world, reopenLog }: Daemon,
  options: RelaydOptions,
  paths: Paths & { readonly config: string | undefined },
): void {
  const listeners = [
    { listener: 'control', address: options.controlPort },
    { listener: 'data', address: options.dataPort },
    { listener: 'live', address: options.livePort },
  ] as const;
  const isAnyChosen = listeners.some(({ address }) => address.port === 0);
  startRelayd(tellingStarter(world), {
    listeners,
    output: paths.output,
    grouping: options.groupOutputBySession === true ? 'session' : 'host',
    isClearAllowed: options.disallowClear !== true,
    forwardTo: options.forwardTo ?? [],
    liveMemory:
      options.liveInMemory === undefined ? undefined : new LiveMemory(options.liveInMemory),
    descriptors: Math.min(descriptorLimit(), options.fdPoolSize ?? Infinity),
    pidFile: paths.pidFile,
    portDirectory: isAnyChosen ? portDirectoryOf(world) : undefined,
    reload: () => {
      const read = readAgain(paths.config);
      if (read.ok) reopenLog(read.value.logLevel);
      else {
        world.log('configuration.rejected', { reason: read.error });
        reopenLog(options.logLevel);
      }
    },
  });
}

/** What the command line and the file say now. */
function readAgain(config: string | undefined): ReturnType<typeof relaydOptions> {
  const command = relaydCommand().action(() => undefined);
  command.parse();
  if (config !== undefined) command.setOptionValue('config', config);
  return relaydOptions(command);
}

/** The starter learns that the relay is ready, or why it cannot start. */
function tellingStarter(world: World): World {
  return {
    ...world,
    log: (event, fields) => {
      world.log(event, fields);
      if (event === 'relay.startFailed') tellStarter(String(fields?.['reason']));
    },
    processes: {
      ...world.processes,
      notify: (state) => {
        world.processes.notify(state);
        if (state === 'ready') tellReady();
      },
    },
  };
}

/** Beside the registry of the same user: `relayd-PID`. */
function portDirectoryOf({ identity, files }: World): string {
  const { directory, directoryMode } = locationOf(identity, ownScope(identity.uid));
  files.makeDirectory(directory, directoryMode);
  return `${directory}/relayd-${identity.pid}`;
}

/** The directory that relative paths start at; undefined: it is gone. */
function enterDirectory(path: string | undefined): string | undefined {
  if (path !== undefined) {
    try {
      process.chdir(path);
    } catch (thrown) {
      const { code = 'EIO' } = thrown as NodeJS.ErrnoException;
      return cannotStart(RELAYD, `Cannot change to the directory ${path} (${code})`);
    }
  }
  return createIdentity(RELAYD).workingDirectory;
}

function pathsOf({ output, pidFile }: RelaydOptions, directory: string | undefined): Paths {
  const traces = output ?? tracesDirectory({ identity: createIdentity(RELAYD) });
  const absolute = absolutePath(directory, traces);
  if (absolute === '/') cannotStart(RELAYD, 'The root directory is not for traces');
  return { output: absolute, pidFile: absolutePath(directory, pidFile) };
}

function absolutePath<Path extends string | undefined>(
  directory: string | undefined,
  path: Path,
): Path | string {
  if (path === undefined) return path;
  return (
    absoluteIn(directory, path) ??
    cannotStart(RELAYD, `The working directory is gone: give ${path} as an absolute path`)
  );
}
