/**
 * A registry that is killed: tracing continues without it, and the next registry continues its sessions (kill -9 at a
 * time, and at every call to the operating system).
 */

import { describe, expect, it } from 'vitest';
import type { SegmentRef } from '../../../src/port/shared-memory.ts';
import { BEGIN, codes, Stage, steady } from '../../support/simulated/stage.ts';

const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

describe('a registry that is killed', () => {
  it.each([1, 2, 3, 4, 5])(
    'loses no event, and the next one continues its sessions (seed %i)',
    (seed) => {
      const stage = new Stage(seed);
      const registry = stage.registry();
      stage.run(20);
      const app = stage.application('alice', steady(5, 3000));
      const foreign = stage.application('carol', steady(7, 3000));
      stage.run(50);
      // Its events before the session was active are not there: it starts with the ones that come after.
      expect(codes(stage.command(BEGIN))).toEqual(['reply', 'reply', 'reply']);
      const consumers = stage.consumers();
      expect(consumers).toHaveLength(1);
      stage.run(400);
      stage.simulation.kill(registry.pid);
      stage.run(1000);
      // Meanwhile one application ends and another begins.
      stage.simulation.kill(foreign.pid);
      const late = stage.application('alice', steady(5, 3000));
      stage.run(500);
      const second = stage.registry();
      stage.run(1500);
      expect(stage.consumers()).toEqual(consumers);
      const listed = stage.command([{ op: 'session.get', session: 'web' }]);
      expect(listed?.[0]).toMatchObject({
        value: { session: { state: 'active', consumerPid: consumers[0] } },
      });
      stage.run(4000);
      expect(codes(stage.command([{ op: 'session.destroy', session: 'web' }], 2000))).toEqual([
        'reply',
      ]);
      expect(second.isAlive).toBe(true);
      const { counters, discarded, problems } = stage.read();
      expect({ discarded, problems }).toEqual({ discarded: 0, problems: [] });
      for (const { pid } of [app, foreign, late]) {
        const seen = counters.get(pid) ?? [];
        expect(seen.length).toBeGreaterThan(10);
        const first = seen[0] ?? 0;
        expect(seen).toEqual(upTo(seen.length).map((n) => n + first));
      }
      // All 600 of the one that was there from the beginning to the end, but those before the start.
      expect(counters.get(app.pid)?.at(-1)).toBe(599);
      expect(counters.get(late.pid)?.at(-1)).toBe(599);
      for (const { pid, isAlive } of [app, late]) if (isAlive) stage.simulation.kill(pid);
      expect(stage.leftovers()).toEqual([]);
    },
  );

  it('leaves no memory behind and no answer wrong, whichever call is its last', () => {
    // How many calls the registry makes until the session is active.
    const measured = new Stage(1);
    const whole = measured.registry();
    measured.run(20);
    measured.application('alice', steady(20, 300));
    measured.run(50);
    measured.command(BEGIN);
    const calls = whole.calls;
    expect(calls).toBeGreaterThan(50);
    for (let last = 1; last <= calls; last++) {
      const stage = new Stage(1);
      const registry = stage.registry();
      stage.simulation.killAtCall(registry.pid, last);
      stage.run(20);
      const app = stage.application('alice', steady(20, 300));
      stage.run(50);
      const results = stage.command(BEGIN, 6000);
      stage.registry();
      stage.run(3000);
      const found = stage.command([{ op: 'session.get', session: 'web' }], 1000);
      const answered = codes(results).filter((code) => code === 'reply').length;
      const context = { last, results: codes(results), found: codes(found) };
      // An answered change is recorded; an unanswered one may be.
      const isKnown = codes(found)[0] === 'reply';
      expect({ ...context, isTrue: isKnown || answered === 0 }).toMatchObject({ isTrue: true });
      const gone = isKnown
        ? stage.command([{ op: 'session.destroy', session: 'web' }], 5000)
        : undefined;
      expect({ ...context, gone: codes(gone) }).toMatchObject({ gone: isKnown ? ['reply'] : [] });
      if (app.isAlive) stage.simulation.kill(app.pid);
      stage.run(500);
      expect({ ...context, left: stage.leftovers() }).toMatchObject({ left: [] });
    }
  });

  it('leaves records that its successor cannot read for the one after that', () => {
    const stage = new Stage(1);
    const registry = stage.registry();
    stage.run(20);
    const app = stage.application('alice', steady(5, 3000));
    stage.run(50);
    stage.command(BEGIN);
    const segments = stage.simulation.segments().length;
    stage.simulation.kill(registry.pid);
    const second = stage.registry();
    second.callFaults = {
      errorOf: (call, path) =>
        call === 'files.read' && path.endsWith('.json') ? 'EIO' : undefined,
      taking: (bytes) => bytes,
    };
    stage.run(200);
    expect(codes(stage.command([{ op: 'session.get', session: 'web' }]))).toEqual(['NO_SESSION']);
    expect(stage.simulation.segments()).toHaveLength(segments);
    stage.simulation.kill(second.pid);
    stage.registry();
    stage.run(3000);
    const gone = stage.command([{ op: 'session.destroy', session: 'web' }], 2000);
    expect(codes(gone)).toEqual(['reply']);
    // The events from before the kill are there; the second registry, without the record, left a gap.
    const seen = stage.read().counters.get(app.pid) ?? [];
    const gaps = seen.filter((n, index) => index > 0 && n !== (seen[index - 1] ?? 0) + 1);
    expect(gaps).toHaveLength(1);
    expect(gaps[0]).toBeGreaterThan((seen[0] ?? 0) + 20);
    expect(seen.at(-1)).toBe(599);
    stage.simulation.kill(app.pid);
    expect(stage.leftovers()).toEqual([]);
  });

  it('sets a damaged record aside and restores the others', () => {
    const stage = new Stage(1);
    const registry = stage.registry();
    stage.run(20);
    for (const name of ['one', 'two']) {
      stage.command([{ op: 'session.create', name, output: `/home/alice/${name}` }]);
    }
    stage.simulation.kill(registry.pid);
    const directory = '/run/lttng-ts/sessions';
    const root = stage.simulation.login('root').world;
    const names = root.files.list(directory);
    const [damaged = ''] = names.ok ? names.value : [];
    const file = root.files.open(`${directory}/${damaged}`, 'append');
    if (!file.ok) throw new Error(file.error.code);
    file.value.truncate(10);
    file.value.close();
    stage.registry();
    stage.run(200);
    const listed = stage.command([{ op: 'session.list', from: 0 }]);
    expect(listed?.[0]).toMatchObject({ value: { sessions: [{ state: 'inactive' }] } });
    const kept = root.files.list(directory);
    expect(kept.ok && kept.value).toContain(`${damaged}.damaged`);
    expect(stage.simulation.log.map(({ event }) => event)).toContain('session.recordSetAside');
  });

  it('reads records of version 1, and the next consumer reads the buffers that these name', () => {
    const stage = new Stage(1);
    const registry = stage.registry();
    stage.run(20);
    const app = stage.application('alice', steady(5, 3000));
    stage.run(50);
    stage.command(BEGIN);
    stage.run(400);
    for (const pid of [registry.pid, app.pid, ...stage.consumers()]) stage.simulation.kill(pid);
    rewriteRecords(stage, (record) => ({
      ...record,
      version: 1,
      streams: record.streams.map((stream) => ({
        ...stream,
        // JSON has no members that are undefined.
        app: { ...stream.app, startedAt: undefined },
        memory: {
          dataSegment: idOf(stream.memory.dataSegment),
          positionSegment: idOf(stream.memory.positionSegment),
        },
      })),
    }));
    // Segments had no keys then.
    for (const segment of stage.simulation.segments()) Object.assign(segment, { key: 0 });
    stage.registry();
    stage.run(100);
    const ended = stage.command([{ op: 'session.destroy', session: 'web' }], 2000);
    expect(codes(ended).at(-1)).toBe('reply');
    const seen = stage.read().counters.get(app.pid) ?? [];
    expect(seen).toEqual(upTo(seen.length).map((n) => n + (seen[0] ?? 0)));
    // An event every 5 ms for 400 ms.
    expect(seen.length).toBeGreaterThan(70);
    expect(stage.leftovers()).toEqual([]);
  });

  it('sets a record of a later version aside', () => {
    const stage = new Stage(1);
    const registry = stage.registry();
    stage.run(20);
    stage.command([{ op: 'session.create', name: 'web', output: '/home/alice/web' }]);
    stage.simulation.kill(registry.pid);
    rewriteRecords(stage, (record) => ({ ...record, version: 4 }));
    stage.registry();
    stage.run(200);
    expect(codes(stage.command([{ op: 'session.get', session: 'web' }]))).toEqual(['NO_SESSION']);
    const reasons = stage.simulation.log
      .filter(({ event }) => event === 'session.recordSetAside')
      .map(({ fields }) => fields['reason']);
    expect(reasons).toEqual([expect.stringMatching(/^version: /)]);
  });

  it('keeps the buffers that a damaged record may name', () => {
    const stage = new Stage(1);
    const registry = stage.registry();
    stage.run(20);
    stage.application('alice', steady(10, 200));
    stage.run(50);
    stage.command(BEGIN);
    const segments = (): unknown[] =>
      stage.simulation.segments().flatMap(({ id, isRemoved }) => (isRemoved ? [] : [id]));
    const before = segments();
    expect(before).toHaveLength(2);
    stage.simulation.kill(registry.pid);
    const [path = ''] = stage.simulation
      .listFiles()
      .flatMap((file) => (file.path.endsWith('.json') ? [file.path] : []));
    const file = stage.simulation.login('root').world.files.open(path, 'append');
    if (!file.ok) throw new Error(file.error.code);
    file.value.truncate(10);
    file.value.close();
    stage.registry();
    stage.run(200);
    expect(segments()).toEqual(before);
  });
});

interface Written {
  readonly version: number;
  readonly streams: readonly {
    readonly app: Readonly<Record<string, unknown>>;
    readonly memory: { readonly dataSegment: unknown; readonly positionSegment: unknown };
  }[];
}

function idOf(segment: unknown): number {
  return (segment as SegmentRef).id;
}

/** As an earlier or a later version would have written them. */
function rewriteRecords({ simulation }: Stage, change: (record: Written) => Written): void {
  const { files } = simulation.login('root').world;
  for (const { path } of simulation.listFiles().filter((file) => file.path.endsWith('.json'))) {
    const text = Buffer.from(simulation.readFile(path) ?? []).toString();
    const file = files.open(path, 'append');
    if (!file.ok) throw new Error(file.error.code);
    file.value.truncate(0);
    file.value.append([Buffer.from(JSON.stringify(change(JSON.parse(text) as Written)))]);
    file.value.close();
  }
}
