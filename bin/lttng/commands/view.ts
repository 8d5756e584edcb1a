/** `lttng view`: shows traces, once or while they grow (R2.13), or live sessions of a relay. */
import { statSync } from 'node:fs';
import { matchesGlob } from '../../../src/base/glob.ts';
import { thrownErrno } from '../../../src/os/errors.ts';
import type { World } from '../../../src/port/world.ts';
import type { PrintOptions, ViewSummary } from '../../../src/view/printer.ts';
import type { ViewOptions } from '../../../src/view/view.ts';
import { tracesDirectory } from '../../../src/wire/endpoints.ts';
import { printRendered } from '../../terminal/output.ts';
import type { Cli } from '../context.ts';
import { CliFailure, EXIT, usageFailure } from '../failure.ts';
import { pathOf } from '../options/path.ts';
import { checkPatterns } from '../options/rule.ts';
import type { Given } from '../table/declare.ts';
import type { VIEW } from '../table/recording.ts';
import { liveSource, viewLive } from './view-live.ts';

type ViewCommandOptions = Given<typeof VIEW>;

export async function view(
  cli: Cli,
  options: ViewCommandOptions,
  paths: readonly string[],
): Promise<void> {
  const { follow = false, fromNow = false } = options;
  const print = printOptions(cli, options);
  const sources = paths.flatMap((path) => liveSource(path) ?? []);
  const [source] = sources;
  if (source !== undefined) {
    if (paths.length > 1) throw usageFailure('Name one relay, or paths');
    await viewLive(cli, source, fromNow ? 'last' : 'beginning', print);
    return;
  }
  if (fromNow) throw usageFailure('--from-now is for live sessions of a relay');
  const shown =
    paths.length > 0 ? paths.map((path) => pathOf(cli.world, path)) : [await defaultPath(cli)];
  const { events, problems } = await show(cli.world, { ...print, paths: shown, follow });
  if (events === 0) cli.output.note('No event to show.');
  if (problems > 0) process.exitCode = EXIT.file;
}

function printOptions(cli: Cli, { color = true, dates, event }: ViewCommandOptions): PrintOptions {
  const patterns = event === undefined ? undefined : checkPatterns(event);
  return {
    format: cli.options.outputFormat,
    color: color && cli.output.color,
    dates: dates === true,
    // A terminal shows them in their place.
    ...(process.stdout.isTTY ? {} : { onProblem: (text) => cli.output.error('UNREADABLE', text) }),
    ...(patterns === undefined
      ? {}
      : { filter: ({ shape }) => patterns.some((pattern) => matchesGlob(pattern, shape.name)) }),
  };
}

/** Ends with the traces, when the reader of the output closes it, or with `follow` on a signal. */
async function show(world: World, options: ViewOptions): Promise<ViewSummary> {
  // Other commands do not wait for the reader of traces.
  const { viewTrace } = await import('../../../src/view/view.ts');
  return new Promise((done, reject) => {
    const { stdout } = process;
    const running = viewTrace(world, options, printRendered, (result) => {
      if (result.ok) done(result.value);
      else reject(unreadable(result.error.message));
    });
    stdout.on('drain', () => running.resume());
    // EPIPE: the reader has closed the pipe, as with `| head`.
    stdout.on('error', () => running.cancel());
    if (!options.follow) return;
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => running.stop());
    }
  });
}

function unreadable(message: string): CliFailure {
  return new CliFailure('UNREADABLE', message.replace(/\.$/, ''), EXIT.file);
}

async function defaultPath({ control, output, world }: Cli): Promise<string> {
  const found = await control.sessionOf();
  const path = found?.output ?? newestTrace(world);
  output.note(`Trace: ${path}`);
  return path;
}

/** The directory in `$HOME/lttng-traces` with the newest trace; skips directories without a trace. */
function newestTrace(world: World): string {
  const directory = tracesDirectory(world);
  const names = world.files.list(directory);
  const candidates = (names.ok ? names.value : [])
    .map((name) => `${directory}/${name}`)
    .flatMap((path) => {
      const changed = changeTime(`${path}/ust`);
      return changed === undefined ? [] : [{ path, changed }];
    })
    .sort((a, b) => b.changed - a.changed || (a.path < b.path ? 1 : -1));
  const [newest] = candidates;
  if (newest === undefined)
    throw unreadable(`There is no trace in ${directory}; give the path of one`);
  return newest.path;
}

/** When a directory was last changed; undefined when the path is gone or not a directory. */
function changeTime(path: string): number | undefined {
  try {
    const stats = statSync(path);
    return stats.isDirectory() ? stats.mtimeMs : undefined;
  } catch (thrown) {
    if (thrownErrno(thrown) === undefined) throw thrown;
    return undefined;
  }
}
