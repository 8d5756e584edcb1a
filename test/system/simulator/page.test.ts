/** The page of a run, opened from a disk in headless Chromium: what it shows, its keys, and that it loads nothing. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ScenarioInput } from '../../../sim/input/scenario.ts';
import { runScenario } from '../../../sim/run/run.ts';
import { n1 } from '../../../sim/scenarios/networks.ts';
import { s1 } from '../../../sim/scenarios/single-user.ts';
import { s3 } from '../../../sim/scenarios/two-users.ts';
import type { TimelineEntry } from '../../../sim/timeline/entry.ts';
import type { PageData } from '../../../sim/timeline/page/browser/data.ts';
import { createGeometry, shortName } from '../../../sim/timeline/page/browser/geometry.ts';
import {
  ENTRIES_MAX,
  ENTRY_TEXT_CHARACTERS_MAX,
  pageCollector,
} from '../../../sim/timeline/page/collect.ts';
import { pageOf } from '../../../sim/timeline/page/html.ts';
import { NS_PER_MS } from '../../../src/base/time.ts';

const PROGRAM = fileURLToPath(new URL('../../../dist/bin/lttng-sim.js', import.meta.url));
const DATA = /(<script type="application\/json" id="data">)([^<]*)(<\/script>)/;

const CHROMIUM = ['chromium', 'chromium-browser', 'google-chrome'].find(
  (name) => spawnSync(name, ['--version']).status === 0,
);

let directory = '';
let page = '';
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'lttng-sim-page-'));
  const path = join(directory, 'run.html');
  const words = ['run', 'S1', '--seed', '6', '--bug', 'segment-kept', '--page', path];
  const { status } = spawnSync(process.execPath, [PROGRAM, ...words]);
  expect(status).toBe(1);
  page = readFileSync(path, 'utf8');
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** The page's elements after these keys, in a browser without a network. */
function shown(html: string, ...keys: string[]): string {
  const path = join(directory, 'shown.html');
  const presses = keys.map((key) => {
    const event = `new KeyboardEvent("keydown", { key: ${JSON.stringify(key)}, bubbles: true })`;
    return `document.activeElement.dispatchEvent(${event});`;
  });
  const before =
    'window.onerror = (message) => { document.title = `broken: ${message}`; };\n' +
    // A busy machine may draw no frame before the browser's virtual time is over.
    'window.requestAnimationFrame = (draw) => setTimeout(draw);';
  writeFileSync(
    path,
    html.replace('\nmain();\n', () => `\n${before}\nmain();\n${presses.join('\n')}\n`),
  );
  const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--virtual-time-budget=3000'];
  const sizes = ['--window-size=1400,1000', `--user-data-dir=${join(directory, 'profile')}`];
  const ran = spawnSync(CHROMIUM ?? '', [...flags, ...sizes, '--dump-dom', `file://${path}`], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  expect(ran.status).toBe(0);
  expect(ran.stdout).not.toContain('<title>broken');
  // The data in the page is not the text that it shows.
  return ran.stdout.replace(DATA, '').replace(/<script>[\s\S]*?<\/script>/g, '');
}

/** The heading of the selected entry after each of these keys, in one browser, since that is slow to start. */
function headings(html: string, ...keys: string[]): string[] {
  const script = `main();
const headings = [];
const press = ([key, ...rest]) => {
  document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
  setTimeout(() => {
    headings.push(document.querySelector("h2").textContent);
    if (rest.length > 0) press(rest);
    else document.title = headings.join("|");
  }, 50);
};
press(${JSON.stringify(keys)});`;
  const dom = shown(html.replace('\nmain();\n', () => `\n${script}\n`));
  return /<title>(.*?)<\/title>/.exec(dom)?.[1]?.split('|') ?? [];
}

function dataIn(html: string): PageData {
  return JSON.parse(DATA.exec(html)?.[2] ?? '') as PageData;
}

function withData(html: string, data: PageData): string {
  const json = JSON.stringify(data).replaceAll('<', '\\u003c');
  return html.replace(DATA, (_, before: string, __, after: string) => `${before}${json}${after}`);
}

describe('the page of a run in Chromium', () => {
  const needsChromium = ({ skip }: { skip: (condition: boolean, note?: string) => void }): void =>
    skip(CHROMIUM === undefined, 'Chromium is not installed (Debian: apt-get install chromium)');

  test('shows the run, its findings, the first entry', (context) => {
    needsChromium(context);
    const dom = shown(page);
    const { entries, lanes } = dataIn(page);
    expect(dom).toContain('<h1>S1 with seed 6</h1>');
    expect(dom).toContain('lttng-sim run S1 --seed 6 --bug segment-kept');
    expect(dom).toMatch(/<th class="bad">leftovers<\/th><td>segment 1 of 1001/);
    expect(dom).toContain(`1 of ${entries.length}: ${lanes[0]?.who}`);
    expect(dom).toContain('No streams at this moment.');
    const endMs = Math.max(...lanes.map(({ last }) => last)) / NS_PER_MS;
    expect(dom).toContain(`virtual time <b>${endMs.toFixed(1)} ms</b>`);
  });

  test('moves to the end, back, and to a search result', (context) => {
    needsChromium(context);
    const { entries } = dataIn(page);
    const { length } = entries;
    expect(shown(page, 'End')).toContain(`<h2>${length} of ${length}:`);
    expect(shown(page, 'End', 'ArrowLeft', 'ArrowLeft')).toContain(`<h2>${length - 2} of`);
    expect(shown(page, 'End', 'Home', 'ArrowRight')).toContain('<h2>2 of');
    const finding = page.replace('\nmain();\n', () => {
      const type = 'box.value = "consumer is consuming"; box.dispatchEvent(new Event("input"));';
      return `\nmain();\nconst box = document.getElementById("search"); ${type}\n`;
    });
    const wanted = entries.findIndex(({ text }) => text === 'consumer is consuming');
    expect(wanted).toBeGreaterThan(0);
    expect(shown(finding)).toContain(`<h2>${wanted + 1} of`);
    const keys = ['+', '-', '0', 't', 'ArrowDown', 'ArrowUp', 'PageDown', 'n', '?'];
    const selected = headings(page, ...keys).filter((heading) => /^\d+ of/.test(heading));
    expect(selected).toHaveLength(keys.length);
  });

  test('keeps the selected entry visible at every zoom', (context) => {
    needsChromium(context);
    const say =
      'const { scrollLeft, clientWidth } = document.getElementById("lanes"); ' +
      'document.title = "from " + scrollLeft + " to " + (scrollLeft + clientWidth - 210);';
    const telling = page.replace(
      '\nmain();\n',
      () => `\nmain();\nsetTimeout(() => { ${say} }, 1000);\n`,
    );
    const sight = (...keys: string[]): readonly number[] =>
      /<title>from (\S+) to (\S+)</
        .exec(shown(telling, ...keys))
        ?.slice(1)
        .map(Number) ?? [];
    const places = (scale: number): number => (dataIn(page).entries.length - 1) * scale;
    for (const [key, factor] of [
      ['+', 1.25],
      ['-', 0.8],
    ] as const) {
      const [from = 0, to = 0] = sight('End', key, key, key);
      expect(from).toBeLessThan(places(14 * factor ** 3));
      expect(to).toBeGreaterThan(places(14 * factor ** 3));
    }
    expect(sight('End', '0')[0]).toBe(0);
    expect(sight('End', 't', '0')[0]).toBe(0);
  });

  test('shows actors and buffers as they were', (context) => {
    needsChromium(context);
    const { memory } = dataIn(page);
    const full = memory.findIndex(({ rings }) => rings.some(({ opened }) => opened >= 3));
    const entry = memory[full]?.entry ?? 0;
    const dom = shown(page, ...Array.from({ length: entry }, () => 'ArrowRight'));
    expect(dom).toMatch(/Stream 0, segment 1: 8 × 4096 bytes, discard\. Opened 4, consumed/);
    expect(dom).toMatch(/<span>1: 4033<\/span>/);
    expect(dom).toMatch(/<td class="dim">registry<\/td><td><span class="badge"[^>]*>serving</);
  });

  test('names the actors that have a row at the selected entry', (context) => {
    needsChromium(context);
    const run = pageOfRun(s3.draw(4));
    const { rows = [] } = run.lanes.find(({ who }) => who === 'root/lttng-sessiond.0') ?? {};
    const holders = rows.find(({ length }) => length > 1)?.slice(0, 2) ?? [];
    expect(holders).toHaveLength(2);
    // Names have one distance from the left, and the axis follows them.
    const hook =
      'let names = []; const write = CanvasRenderingContext2D.prototype.fillText; ' +
      'CanvasRenderingContext2D.prototype.fillText = function (text, x, ...more) { ' +
      'if (x === 20) names.push(text); if (text === "virtual time") { ' +
      'document.title = names.join(); names = []; } write.call(this, text, x, ...more); };';
    for (const { from } of holders) {
      const telling = withData(page, run).replace(
        '\nmain();\n',
        () => `\n${hook}\nlocation.hash = "${from + 1}";\nmain();\n`,
      );
      const names = /<title>(.*)<\/title>/.exec(shown(telling))?.[1]?.split(',') ?? [];
      for (const { actor, from: own } of holders) {
        expect(names.includes(shortName(actor))).toBe(own === from);
      }
    }
  });

  test('keeps few elements with many entries', (context) => {
    needsChromium(context);
    const data = dataIn(page);
    const [entry] = data.entries;
    const entries = Array.from({ length: ENTRIES_MAX }, (_, index) => {
      const made = {
        time: index * 1000,
        step: index,
        lane: 0,
        kind: 'act',
        text: `thing ${index}`,
      };
      return { ...entry, ...made };
    });
    const dom = shown(withData(page, { ...data, entries, memory: [] }), 'End');
    expect(dom).toContain(`<h2>${ENTRIES_MAX} of ${ENTRIES_MAX}:`);
    const rows = dom.match(/class="row/g)?.length ?? 0;
    expect(rows).toBeGreaterThan(10);
    expect(rows).toBeLessThan(100);
  });

  test('reads no text as HTML', (context) => {
    needsChromium(context);
    const data = dataIn(page);
    const evil = '</script><img src=x onerror="document.title=1">';
    const entries = data.entries.map((entry) => ({ ...entry, text: evil }));
    const findings = [{ oracle: evil, text: evil }];
    const dom = shown(withData(page, { ...data, title: evil, entries, findings }));
    expect(dom).not.toContain('<img');
    expect(dom).toContain('&lt;img');
  });
});

function must<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('it is there');
  return value;
}

/** The data in the page of a run. */
function pageOfRun(input: ScenarioInput): PageData {
  const collector = pageCollector();
  const { hits } = runScenario(input, collector);
  return collector.page({ title: '', command: '', facts: [], findings: [], hits });
}

describe('the page of a run', () => {
  test('reuses the row of an ended actor for another one', () => {
    const { entries, lanes } = pageOfRun(s3.draw(4));
    const lane = lanes.findIndex(({ who }) => who === 'root/lttng-sessiond.0');
    const rows = lanes[lane]?.rows ?? [];
    const states = entries.filter((entry) => entry.lane === lane && entry.actor !== undefined);
    const alive = new Map<number | undefined, string | undefined>();
    let most = 0;
    for (const { actor, row, isLast } of states) {
      expect(alive.get(row) ?? actor).toBe(actor);
      if (isLast) alive.delete(row);
      else alive.set(row, actor);
      most = Math.max(most, alive.size);
    }
    expect(rows).toHaveLength(most);
    expect(new Set(states.map(({ actor }) => actor)).size).toBeGreaterThan(2 * most);
    expect(states.filter(({ isLast }) => isLast).map(({ state }) => state)).toContain('gone');
    for (const [row, holders] of rows.entries()) {
      const begun = holders.map(({ from }) => entries[from]);
      expect(begun.map((entry) => entry?.row)).toEqual(holders.map(() => row));
      expect(begun.map((entry) => entry?.actor)).toEqual(holders.map(({ actor }) => actor));
    }
  });

  test('refers to no other resource, and forbids to load any', () => {
    expect(page).toContain("default-src 'none'");
    expect(page).not.toMatch(/https?:|<link|<img|@import|url\(/);
    expect(page.length).toBeLessThan(1024 * 1024);
  });

  test('escapes text that would end its data', () => {
    const data: PageData = {
      title: '</title><b>',
      command: '</script>',
      facts: [],
      findings: [],
      lanes: [],
      entries: [],
      memory: [],
      bands: [],
      leftOut: [],
    };
    const html = pageOf(data);
    expect(html).not.toContain('</title><b>');
    expect(dataIn(html)).toEqual(data);
  });

  test('links messages, and processes with their parents', () => {
    const collector = pageCollector();
    runScenario(s1.draw(2), collector);
    const about = { title: '', command: '', facts: [], findings: [], hits: [] };
    const { entries, lanes } = collector.page(about);
    const received = entries.filter(({ kind }) => kind === 'receive');
    expect(received.length).toBeGreaterThan(20);
    for (const { from, lane, text } of received) {
      const sent = entries[from ?? -1];
      expect(sent?.kind).toBe('send');
      expect(sent?.lane).not.toBe(lane);
      expect(text.slice(text.indexOf('{'))).toBe(sent?.text.slice(sent.text.indexOf('{')));
    }
    const child = lanes.findIndex(({ who }) => who === 'alice/application.0');
    const main = entries.find(({ lane, text }) => lane === child && text === '< main application');
    expect(entries[main?.from ?? -1]?.text).toContain('starts lttng-ts:application');
  });

  test('draws several hosts one below the other, and what passes between them', () => {
    const { entries, lanes, bands } = pageOfRun({
      ...n1.draw(3),
      network: {
        ...must(n1.draw(3).network),
        faults: [{ kind: 'partition', at: 90, forMs: 5, from: 'alpha', to: 'store' }],
      },
    });
    const hosts = lanes.map(({ host }) => host);
    expect(new Set(hosts)).toEqual(new Set(['alpha', 'store', 'network']));
    for (const { who, host } of lanes)
      expect(who === host || who.startsWith(`${host}:`)).toBe(true);
    const { rows, hosts: headings } = createGeometry(lanes);
    expect(headings.map(({ name }) => name)).toEqual([...new Set(hosts)]);
    const inOrder = [...rows.entries()].sort(([, one], [, other]) => one.top - other.top);
    const blocks = inOrder
      .map(([index]) => hosts[index])
      .filter((host, at, all) => host !== all[at - 1]);
    expect(blocks).toEqual([...new Set(hosts)]);
    const between = entries.filter(({ lane, from }) => {
      const cause = entries[from ?? -1];
      return cause !== undefined && hosts[cause.lane] !== hosts[lane];
    });
    const kinds = new Set(between.map(({ kind }) => kind));
    expect(kinds).toEqual(new Set(['connect', 'receive']));
    expect(between.some(({ text }) => text.includes('create-session'))).toBe(true);
    expect(bands).toContainEqual({
      text: 'partition',
      ...{ from: 90_000_000, to: 95_000_000, hosts: ['alpha', 'store'] },
    });
  });

  test('has a band and an entry for each fault, of the machine and of a process', () => {
    const { bands, entries, lanes } = pageOfRun({
      ...s1.draw(2),
      faults: [
        { kind: 'latency', at: 20, forMs: 50, byMs: 1 },
        { kind: 'pause', of: { program: 'application', index: 0 }, at: 45, forMs: 20 },
        { kind: 'kill', of: { program: 'ust-consumerd', index: 0 }, atCall: 40 },
      ],
    });
    const laneOf = (who: string): number => lanes.findIndex((lane) => lane.who === who);
    const consumer = laneOf('alice/ust-consumerd.0');
    const endedAt = lanes[consumer]?.last ?? 0;
    expect(bands).toHaveLength(3);
    expect(bands).toContainEqual({ text: 'latency', from: 20_000_000, to: 70_000_000 });
    const lane = laneOf('alice/application.0');
    expect(bands).toContainEqual({ text: 'pause', from: 45_000_000, to: 65_000_000, lane });
    expect(bands).toContainEqual({ text: 'kill', from: endedAt, to: endedAt, lane: consumer });
    const told = entries.filter(({ kind }) => kind === 'fault');
    expect(told.map((entry) => `${lanes[entry.lane]?.who} ${entry.text}`)).toEqual([
      'machine fault: latency for 50 ms',
      'alice/application.0 fault: pause for 20 ms',
    ]);
  });

  test('has a band for a broken disk, and an entry for each call that fails on it', () => {
    const { bands, entries, lanes } = pageOfRun({
      ...s1.draw(2),
      faults: [{ kind: 'disk-error', at: 20, forMs: 50, oneIn: 1 }],
    });
    expect(bands).toContainEqual({ text: 'disk-error', from: 20_000_000, to: 70_000_000 });
    const met = entries.filter(({ text }) => text === 'fault: disk-error');
    expect(met.length).toBeGreaterThan(0);
    for (const { lane, time } of met) {
      expect(lanes[lane]?.who).not.toBe('machine');
      expect(bands).toContainEqual({ text: 'disk-error', from: time, to: time, lane });
    }
    const missed = {
      ...s1.draw(2),
      faults: [{ kind: 'disk-error', at: 20, forMs: 0, oneIn: 1 }],
    } as const;
    expect(pageOfRun(missed).bands).toEqual([]);
  });

  test('states what it omits', () => {
    const { onEntry, page: made } = pageCollector();
    const entry: TimelineEntry = { kind: 'act', text: 'x', step: 1, time: 1, pid: 1, who: 'a/b.0' };
    onEntry({ ...entry, text: 'x'.repeat(ENTRY_TEXT_CHARACTERS_MAX + 1) });
    for (let index = 0; index < ENTRIES_MAX + 9; index++) onEntry(entry);
    const about = { title: '', command: '', facts: [], findings: [], hits: [] };
    const { entries, leftOut } = made(about);
    expect(entries).toHaveLength(ENTRIES_MAX);
    expect(leftOut).toEqual([
      `10 entries at the end are left out: a page has ${ENTRIES_MAX} at most.`,
      `1 texts are cut after ${ENTRY_TEXT_CHARACTERS_MAX} characters.`,
    ]);
  });

  test('does not change the run', () => {
    expect(runScenario(s1.draw(3), pageCollector()).hash).toBe(runScenario(s1.draw(3)).hash);
  });
});
