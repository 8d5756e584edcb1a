/**
 * Goal: contexts are in the trace as a session asks for them, with the values that the program had. babeltrace2 reads
 * the same values as `lttng view`.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeProgram } from '../../support/real/programs.ts';
import { daemonOf, LIBRARY, makePlace, type Place, REGISTER } from '../../support/real/sandbox.ts';
import { hasBabeltrace, runBabeltrace } from '../../support/trace/babeltrace.ts';

const ROOT = join(import.meta.dirname, '../../..');
const node = process.execPath;
let place: Place;
beforeEach(() => {
  place = makePlace();
});
afterEach(() => place.end());

interface Shown {
  readonly name: string;
  readonly pid: number;
  readonly context: Readonly<Record<string, unknown>>;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** The events of a session's trace, as programs get them. */
async function shown(output: string): Promise<Shown[]> {
  const text = await place.ok(['view', output, '--output-format', 'json']);
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Shown);
}

/** A session that records these events with these contexts; returns the directory of its trace. */
async function begin(events: string, ...contexts: readonly string[]): Promise<string> {
  const output = join(place.homeOf(), 'trace');
  await place.ok(['create', 'web', '-q', '-o', output]);
  await place.ok(['add-event', events, '-s', 'web']);
  await place.ok(['add-context', '-s', 'web', ...contexts.flatMap((name) => ['-t', name])]);
  await place.ok(['start', 'web']);
  return output;
}

async function run(file: string, ...args: readonly string[]): Promise<void> {
  const { finished } = place.start(node, ['--import', REGISTER, file, ...args]);
  expect(await finished).toMatchObject({ status: 0 });
}

/** What babeltrace2 and `lttng view` print of a trace must be the same. */
async function expectSameText(output: string): Promise<void> {
  if (!hasBabeltrace()) return;
  const ours = (await place.ok(['view', output, '--no-color'])).trimEnd().split('\n');
  expect(ours).toEqual(runBabeltrace(output).lines);
}

const EVENT = `import { context, tracepoint, u32 } from '${LIBRARY}';
const event = tracepoint('test:event', { id: u32 });
`;

describe('contexts (R2.9)', () => {
  it('put a query and a line of the console to their request, as docs/contexts.md shows', async () => {
    const events = 'shop:*,node:console_*,node:http_server_response_finish';
    const output = await begin(events, 'app:tenant', '$app.path');
    await run(join(ROOT, 'docs/examples/tenants.mjs'));
    await place.ok(['stop', 'web']);
    const all = await shown(output);
    const by = (name: string): string[] =>
      all
        .filter((event) => event.name === name)
        .map(({ context, fields }) => {
          const { app_tenant: tenant, app_path: path } = context;
          return [tenant, path, fields['url'] ?? fields['rows'] ?? fields['message']].join(' ');
        })
        .toSorted();
    expect(by('node:http_server_response_finish')).toEqual([
      'acme /acme/alice /acme/alice',
      'acme /acme/carol /acme/carol',
      'blue /blue/bob /blue/bob',
    ]);
    expect(by('shop:query')).toEqual([
      'acme /acme/alice 5',
      'acme /acme/carol 5',
      'blue /blue/bob 3',
    ]);
    expect(by('node:console_warn')).toEqual(['blue /blue/bob no order of this customer is paid']);
    await expectSameText(output);
  });

  it('have the ids and the namespaces of each thread', async () => {
    const file = writeProgram(
      place,
      'threads.mjs',
      `${EVENT}import { isMainThread, Worker } from 'node:worker_threads';
import { readlinkSync } from 'node:fs';
event({ id: isMainThread ? 0 : Number(readlinkSync('/proc/thread-self').split('/')[2]) });
if (isMainThread) await new Promise((done) => new Worker(new URL(import.meta.url)).on('exit', done));
`,
    );
    const names = [
      'vpid',
      'vtid',
      'procname',
      'vuid',
      'veuid',
      'vgid',
      'vegid',
      'net_ns',
      'pid_ns',
    ];
    const output = await begin('test:*', ...names);
    await run(file);
    await place.ok(['stop', 'web']);
    const all = await shown(output);
    expect(all.map(({ fields }) => fields['id'] === 0)).toEqual([true, false]);
    for (const { pid, context, fields } of all) {
      expect(context).toEqual({
        vpid: pid,
        vtid: fields['id'] === 0 ? pid : fields['id'],
        procname: 'threads.mjs',
        vuid: process.getuid?.(),
        veuid: process.geteuid?.(),
        vgid: process.getgid?.(),
        vegid: process.getegid?.(),
        net_ns: String(statSync('/proc/self/ns/net').ino),
        pid_ns: String(statSync('/proc/self/ns/pid').ino),
      });
    }
    await expectSameText(output);
  });

  it('have what Node and OpenTelemetry know, if the program has loaded that', async () => {
    const file = writeProgram(
      place,
      'node.mjs',
      `${EVENT}import { createRequire } from 'node:module';
import { AsyncLocalStorage, executionAsyncId, triggerAsyncId } from 'node:async_hooks';
const from = createRequire('${ROOT}/package.json');
event({ id: 0 });
const { context: contexts, ROOT_CONTEXT, trace } = from('@opentelemetry/api');
const storage = new AsyncLocalStorage();
contexts.setGlobalContextManager({
  active: () => storage.getStore() ?? ROOT_CONTEXT,
  with: (context, call, self, ...args) => storage.run(context, () => call.apply(self, args)),
  bind: (_, target) => target, enable() { return this; }, disable() { return this; },
});
const ofSpan = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 };
const span = trace.wrapSpanContext(ofSpan);
const ids = await contexts.with(trace.setSpan(ROOT_CONTEXT, span), async () => {
  await null;
  event({ id: 1 });
  return [executionAsyncId(), triggerAsyncId()];
});
const end = performance.now() + 60;
while (performance.now() < end);
event({ id: 2 });
console.log(ids.join(' '));
`,
    );
    const names = ['trace_id', 'span_id', 'async_id', 'trigger_async_id', 'heap_used', 'loop_lag'];
    const output = await begin('test:*', ...names);
    const { finished } = place.start(node, ['--import', REGISTER, file]);
    const { stdout } = await finished;
    await place.ok(['stop', 'web']);
    const [before, within, after] = (await shown(output)).map(({ context }) => context);
    expect(before).toMatchObject({ trace_id: '', span_id: '' });
    const [asyncId, triggerAsyncId] = stdout.trim().split(' ');
    expect(within).toMatchObject({
      trace_id: '0af7651916cd43dd8448eb211c80319c',
      span_id: 'b7ad6b7169203331',
      async_id: asyncId,
      trigger_async_id: triggerAsyncId,
    });
    expect(Number(within?.['heap_used'])).toBeGreaterThan(1_000_000);
    // The program has blocked the event loop for 60 ms.
    expect(Number(after?.['loop_lag'])).toBeGreaterThan(30_000_000);
    await expectSameText(output);
  });

  it('outlive a kill of the registry, can be added while it records, and filters know them', async () => {
    const file = writeProgram(
      place,
      'turns.mjs',
      `${EVENT}let id = 0;
context('turn', () => (id % 2 === 0 ? 'even' : id));
setInterval(() => { event({ id }); id += 1; if (id === 1) console.log('ready'); }, 5);
`,
    );
    const output = await begin('test:*', 'vpid');
    const app = place.start(node, ['--import', REGISTER, file]);
    await app.line(/^ready$/);
    process.kill(daemonOf(place, 'lttng-sessiond'), 'SIGKILL');
    await place.ok(['add-context', '-e', 'test:*', '-t', 'app:turn', '-s', 'web']);
    const listed = await place.ok(['list', 'web']);
    expect(listed).toContain('  contexts      vpid\n');
    expect(listed).toMatch(/^ {2}event test:\* .* with \$app\.turn$/m);
    expect(await place.ok(['config', '-s', 'web'])).toContain('  contexts      vpid\n');
    const odd = ['-f', '$app.turn > 0 && $ctx.vpid > 1'];
    await place.ok(['add-channel', 'odd', '-s', 'web']);
    await place.ok(['add-event', 'test:*', '-c', 'odd', ...odd, '-s', 'web']);
    const seen = async (): Promise<boolean> => {
      const contexts = (await shown(output)).map(({ context }) => Object.keys(context).join());
      return ['vtid,vpid', 'vtid,vpid,app_turn', 'vtid'].every((each) => contexts.includes(each));
    };
    await expect.poll(seen, { timeout: 20_000, interval: 500 }).toBe(true);
    await place.ok(['stop', 'web']);
    app.kill('SIGKILL');
    await app.finished;
    const events = (await shown(output)).map(({ context, fields }) => {
      const { app_turn: turn, vpid } = context;
      return { isEven: Number(fields['id']) % 2 === 0, id: fields['id'], turn, vpid };
    });
    const filtered = events.filter(({ vpid }) => vpid === undefined);
    expect(filtered.some(({ isEven }) => isEven)).toBe(false);
    const carrying = events.filter(({ turn }) => turn !== undefined);
    expect(carrying.map(({ turn }) => turn)).toEqual(
      carrying.map(({ isEven, id }) => (isEven ? 'even' : String(id))),
    );
    await expectSameText(output);
  });
});

describe('add-context', () => {
  it.each([
    [['-t', 'vpd'], 'There is no context "vpd"; did you mean vpid?'],
    [['-t', 'perf:thread:x'], 'There is no context "perf:thread:x"; "--list" shows them'],
    [
      ['-t', 'app:a-b'],
      'After "$app." comes a C identifier of at most 64 characters, not "$app.a-b"',
    ],
    [[], 'Name a context; "--list" shows them'],
    [['--list', '-t', 'vpid'], 'Name contexts or use --list, not both'],
  ])('refuses %j', async (options, reason) => {
    const refused = await place.lttng(['add-context', ...options]);
    expect(refused).toMatchObject({ status: 2, stderr: `lttng: ${reason} (USAGE)\n` });
  });

  it('are those of programs, not of the kernel', async () => {
    expect(await place.lttng(['add-context', '-k', '-t', 'pid'])).toMatchObject({
      status: 2,
      stderr: 'lttng: Events of the kernel carry no contexts in this version (NO_KERNEL)\n',
    });
  });

  it('lists all contexts', async () => {
    const lines = (await place.ok(['add-context', '--list'])).split('\n');
    expect(lines).toContain('vpid              id of the process, as the process itself sees it');
    expect(lines).toContain('$app.NAME         what the application publishes under NAME');
  });
});
