/**
 * Writes V8's code beside the bundles, the last step of `npm run build`. Runs the programs through a short recording in
 * a directory of its own. Each process has this file as a preload, and at its end stores the code of the functions that
 * have run; it starts with that of the processes before it. Without code the programs work the same and start slower,
 * so that a machine on which they cannot run is no error here.
 */
const childProcess = require('node:child_process') as typeof import('node:child_process');
const fs = require('node:fs') as typeof import('node:fs');
const os = require('node:os') as typeof import('node:os');
const path = require('node:path') as typeof import('node:path');
const vm = require('node:vm') as typeof import('node:vm');

const BIN = path.dirname(__dirname);
const END_MS_MAX = 10_000;
const POLL_S = '0.05';

if (require.main === module) makeCode();
else storeCode();

/** As a preload: remembers each script that a bundle is compiled to. */
function storeCode(): void {
  const scripts = new Map<string, import('node:vm').Script>();
  class Stored extends vm.Script {
    constructor(source: string, options: import('node:vm').ScriptOptions) {
      super(source, options);
      const { filename } = options;
      if (filename?.startsWith(BIN) === true) scripts.set(filename, this);
    }
  }
  Object.assign(vm, { Script: Stored });
  process.on('exit', () => {
    for (const [filename, script] of scripts) {
      const file = `${filename}.${process.versions.v8}-${process.arch}.cache`;
      const draft = `${file}.${process.pid}`;
      fs.writeFileSync(draft, script.createCachedData());
      fs.renameSync(draft, file);
    }
  });
}

function makeCode(): void {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'lttng-ts-code-'));
  const env = {
    PATH: process.env['PATH'],
    HOME: directory,
    LTTNG_TS_RUNDIR: path.join(directory, 'run'),
    LTTNG_TS_PIPE: path.join(directory, 'apps'),
    NODE_OPTIONS: `--require "${__filename}"`,
  };
  const run = (args: readonly string[]): string => {
    try {
      const options = { cwd: directory, env, encoding: 'utf8', stdio: 'pipe' } as const;
      return childProcess.execFileSync(process.execPath, args, options);
    } catch {
      // The code for what did not run is made when a program needs it.
      return '';
    }
  };
  const program = (name: string, ...words: readonly string[]): string =>
    run([path.join(BIN, `${name}.js`), ...words]);
  const lttng = (line: string): string => program('lttng', ...line.split(' '));

  program('lttng-relayd', '--help');
  lttng('help');
  lttng('version');
  lttng('create warm -o trace');
  lttng('add-event * -s warm');
  lttng('start warm');
  run(['--require', path.join(BIN, 'register.cjs'), '-e', '0']);
  const registry = /"pid":(\d+)/.exec(lttng('status --output-format json'))?.[1];
  lttng('list');
  lttng('stop warm');
  lttng('view trace');
  lttng('destroy warm');
  end(registry);
  fs.rmSync(directory, { recursive: true, force: true });
}

/** Ends the registry, which stores its code then. */
function end(registry: string | undefined): void {
  if (registry === undefined) return;
  process.kill(Number(registry), 'SIGTERM');
  const deadline = Date.now() + END_MS_MAX;
  // A process that its parent has not waited for is still listed, without a program.
  while (fs.existsSync(`/proc/${registry}/exe`) && Date.now() < deadline) {
    childProcess.spawnSync('sleep', [POLL_S]);
  }
}
