/** Conformance scripts: pages of the kernel (R1.24): reading, loss, waits, claims, and passing them to a user. */
import type { Credentials } from '../../../src/port/identity.ts';
import type { KernelPages, PagesWait } from '../../../src/port/kernel-tracer.ts';
import type { Passage, ReachedPassage } from '../../../src/port/network.ts';
import {
  type ConformanceScript,
  kept,
  must,
  noteNumber,
  noteText,
  outcome,
  type Stage,
  single,
} from '../stage.ts';
import {
  EVENT,
  LARGE,
  layoutOf,
  makeInstance,
  nameOf,
  openAll,
  readAll,
  SMALL,
  sumOf,
  yes,
} from './kernel-reading.ts';
import { connected, endBoth } from './tcp-peers.ts';

const alone: readonly ConformanceScript[] = [
  single(
    'KernelPages.read(): each event once, in order, also those of pages that are not full',
    [
      'nothing yet: 0',
      'records: 300, lost 0, in order yes, faults 0',
      'counts: 0 present, 300 read, the instance says the same: yes',
      'more: 5, then 0',
      'removal while open: EAGAIN',
      'closed: EBADF EBADF EBADF',
      'no CPU: ENOENT ENOENT ENOENT',
      'removed: ok',
    ],
    async (stage) => {
      const { kernel } = stage.world;
      const name = makeInstance(stage, LARGE);
      const layout = layoutOf(stage);
      const pages = openAll(stage, name);
      stage.say(`nothing yet: ${readAll(pages, layout).records}`);
      must(kernel.setRecording(name, true));
      stage.fileCalls.make(300);
      const { records, lost, isInOrder, faults } = readAll(pages, layout);
      stage.say(`records: ${records}, lost ${lost}, in order ${yes(isInOrder)}, faults ${faults}`);
      const cpus = must(kernel.describe()).cpus;
      const ofInstance = cpus.map((cpu) => must(kernel.counts(name, cpu)));
      const isSame = pages.every(
        (each, index) => JSON.stringify(must(each.counts())) === JSON.stringify(ofInstance[index]),
      );
      const [present, read] = [sumOf(pages, 'entries'), sumOf(pages, 'read')];
      stage.say(
        `counts: ${present} present, ${read} read, the instance says the same: ${yes(isSame)}`,
      );
      stage.fileCalls.make(5);
      stage.say(`more: ${readAll(pages, layout).records}, then ${readAll(pages, layout).records}`);
      stage.say(`removal while open: ${outcome(kernel.removeInstance(name))}`);
      for (const each of pages) each.close();
      const [first] = pages;
      first?.close();
      const page = new Uint8Array(4096);
      const closed = [first?.read(page), first?.counts(), first?.claim()];
      stage.say(`closed: ${closed.map((each) => each && outcome(each)).join(' ')}`);
      const noCpu = [99_999, -1, 0.5].map((cpu) => outcome(kernel.openPages(name, cpu)));
      stage.say(`no CPU: ${noCpu.join(' ')}`);
      stage.say(`removed: ${outcome(kernel.removeInstance(name))}`);
    },
  ),
  single(
    'KernelPages: a full buffer discards the newest events, and only its counts say so',
    ['all counted: yes', 'some lost: yes, overwritten 0', 'pages tell: 0'],
    async (stage) => {
      const { kernel } = stage.world;
      const name = makeInstance(stage, SMALL);
      const pages = openAll(stage, name);
      must(kernel.setRecording(name, true));
      stage.fileCalls.make(2_000);
      const { records, lost } = readAll(pages, layoutOf(stage));
      const dropped = sumOf(pages, 'dropped');
      stage.say(`all counted: ${yes(records + dropped === 2_000)}`);
      stage.say(`some lost: ${yes(dropped > 1_000)}, overwritten ${sumOf(pages, 'overrun')}`);
      stage.say(`pages tell: ${lost}`);
      for (const each of pages) each.close();
      must(kernel.removeInstance(name));
    },
  ),
  single(
    'KernelPages: a buffer that overwrites loses the oldest events, and its pages say how many',
    [
      'all counted: yes',
      'some lost: yes, discarded 0',
      'pages tell the same: yes',
      'the newest is there: yes',
    ],
    async (stage) => {
      const { kernel, clock } = stage.world;
      const name = makeInstance(stage, { ...SMALL, overwrite: true });
      const pages = openAll(stage, name);
      must(kernel.setRecording(name, true));
      stage.fileCalls.make(1_999);
      const before = clock.monotonicNs();
      stage.fileCalls.make(1);
      const { records, lost, newest } = readAll(pages, layoutOf(stage));
      const overrun = sumOf(pages, 'overrun');
      stage.say(`all counted: ${yes(records + overrun === 2_000)}`);
      stage.say(`some lost: ${yes(overrun > 1_000)}, discarded ${sumOf(pages, 'dropped')}`);
      stage.say(`pages tell the same: ${yes(lost === overrun)}`);
      stage.say(`the newest is there: ${yes(newest >= before && newest <= clock.monotonicNs())}`);
      for (const each of pages) each.close();
      must(kernel.removeInstance(name));
    },
  ),
  single(
    'KernelPages.await(): wakes once when the buffer is as full as the instance says, and keeps quiet when closed',
    [
      'half full wakes: yes, once yes',
      'less than half: asleep',
      'full already: wakes at once',
      'closed waits: asleep',
    ],
    async (stage) => {
      const { kernel } = stage.world;
      const name = makeInstance(stage, { ...SMALL, bufferKb: 256 });
      const layout = layoutOf(stage);
      const pages = openAll(stage, name);
      let woken = 0;
      const onReady = (): void => void woken++;
      const awaitAll = (): readonly PagesWait[] => pages.map((each) => each.await(onReady));
      const first = awaitAll();
      must(kernel.setRecording(name, true));
      await stage.until('the buffer is half full', () => {
        stage.fileCalls.make(100);
        return woken > 0;
      });
      const isHalf = sumOf(pages, 'entries') >= 1_000;
      await stage.pass(50);
      stage.say(`half full wakes: ${yes(isHalf)}, once ${yes(woken <= pages.length)}`);
      for (const each of first) each.close();
      readAll(pages, layout);
      woken = 0;
      const second = awaitAll();
      stage.fileCalls.make(100);
      await stage.pass(50);
      stage.say(`less than half: ${woken === 0 ? 'asleep' : 'woken'}`);
      for (const each of second) each.close();
      stage.fileCalls.make(20_000);
      const third = awaitAll();
      await stage.until('it wakes', () => woken > 0);
      stage.say('full already: wakes at once');
      for (const each of third) each.close();
      woken = 0;
      for (const each of awaitAll()) each.close();
      const fourth = awaitAll();
      for (const each of pages) each.close();
      for (const each of fourth) each.close();
      await stage.pass(50);
      stage.say(`closed waits: ${woken === 0 ? 'asleep' : 'woken'}`);
      must(kernel.removeInstance(name));
    },
  ),
  single(
    'KernelPages.claim(): one open file of a CPU is claimed at a time, until it is closed',
    ['claimed: ok, again ok, by another one EAGAIN', 'after close: ok'],
    async (stage) => {
      const { kernel } = stage.world;
      const name = makeInstance(stage, SMALL);
      const [one, other] = [must(kernel.openPages(name, 0)), must(kernel.openPages(name, 0))];
      const claims = [one.claim(), one.claim(), other.claim()].map(outcome);
      stage.say(`claimed: ${claims[0]}, again ${claims[1]}, by another one ${claims[2]}`);
      one.close();
      stage.say(`after close: ${outcome(other.claim())}`);
      other.close();
      must(kernel.removeInstance(name));
    },
  ),
];

function reach(stage: Stage): void {
  const { network, identity } = stage.world;
  stage.keep.set('reached', must(network.reachPassage(`${stage.directory}/p`)));
  for (const key of ['pid', 'uid', 'gid'] as const) stage.notes.set(key, identity[key]);
}

function credentials(stage: Stage): Credentials {
  const of = (key: string): number => noteNumber(stage, key);
  return { pid: of('pid'), uid: of('uid'), gid: of('gid') };
}

const several: readonly ConformanceScript[] = [
  {
    name: 'Passage.passPages(): root passes pages to a user, who reads them and may do nothing else (R1.24)',
    severalUsers: true,
    steps: [
      {
        user: 'root',
        run: async (stage) => {
          const { network } = stage.world;
          const name = makeInstance(stage, { ...SMALL, bufferKb: 64 });
          stage.keep.set('pages', openAll(stage, name));
          const path = `${stage.directory}/p`;
          stage.keep.set('passage', must(network.openPassage(path, stage.users.alice.uid)));
          stage.notes.set('layout', layoutOf(stage));
          stage.notes.set('name', name);
        },
      },
      {
        user: 'alice',
        run: async (stage) => {
          const { kernel } = stage.world;
          const name = noteText(stage, 'name');
          const refused = [
            kernel.describe(),
            kernel.events(),
            kernel.format(EVENT),
            kernel.instances(),
            kernel.makeInstance(`${name}-2`, SMALL),
            kernel.removeInstance(name),
            kernel.setRecording(name, true),
            kernel.setEvent(name, EVENT, true),
            kernel.enabledEvents(name),
            kernel.counts(name, 0),
            kernel.openPages(name, 0),
          ].map(outcome);
          stage.say(`alice: ${[...new Set(refused)].join(' ')}`);
          reach(stage);
        },
      },
      {
        user: 'root',
        run: async (stage) => {
          const { kernel } = stage.world;
          const name = nameOf(stage);
          const passage = kept<Passage>(stage, 'passage');
          const pages = kept<readonly KernelPages[]>(stage, 'pages');
          stage.say(`passed: ${outcome(passage.passPages(credentials(stage), pages))}`);
          stage.say(`passed twice: ${outcome(passage.passPages(credentials(stage), pages))}`);
          stage.say(`root has them no more: ${pages.map((each) => outcome(each.counts()))[0]}`);
          passage.close();
          must(kernel.setRecording(name, true));
          stage.fileCalls.make(1_000);
          stage.say(`removal: ${outcome(kernel.removeInstance(name))}`);
        },
      },
      {
        user: 'alice',
        run: async (stage) => {
          const taken = kept<ReachedPassage>(stage, 'reached').takePages();
          stage.say(`taken: ${outcome(taken)}`);
          const pages = must(taken);
          stage.say(`claimed: ${outcome(pages[0]?.claim() ?? taken)}`);
          let woken = 0;
          const waits = pages.map((each) => each.await(() => void woken++));
          await stage.until('they are half full', () => woken > 0);
          for (const each of waits) each.close();
          const { records, faults } = readAll(pages, noteText(stage, 'layout'));
          const dropped = sumOf(pages, 'dropped');
          stage.say(`alice has all: ${yes(records + dropped === 1_000)}, faults ${faults}`);
          stage.keep.set('pages', pages);
        },
      },
      {
        user: 'root',
        run: async (stage) => {
          const { kernel } = stage.world;
          const again = must(kernel.openPages(nameOf(stage), 0));
          stage.say(`root claims what alice has: ${outcome(again.claim())}`);
          stage.keep.set('again', again);
        },
      },
      { user: 'alice', kill: true },
      {
        user: 'root',
        run: async (stage) => {
          const { kernel } = stage.world;
          const again = kept<KernelPages>(stage, 'again');
          stage.say(`when alice is dead: ${outcome(again.claim())}`);
          again.close();
          stage.say(`removal: ${outcome(kernel.removeInstance(nameOf(stage)))}`);
        },
      },
    ],
    expected: [
      'alice: EACCES',
      'passed: ok',
      'passed twice: EBADF',
      'root has them no more: EBADF',
      'removal: EAGAIN',
      'taken: ok',
      'claimed: ok',
      'alice has all: yes, faults 0',
      'root claims what alice has: EAGAIN',
      'when alice is dead: ok',
      'removal: ok',
    ],
  },
];

const passing: readonly ConformanceScript[] = [
  single(
    'Passage.passPages() and takePages() say why nothing was passed',
    [
      'not reached: EAGAIN',
      'another pid: EPERM ECONNRESET',
      'nothing yet: EAGAIN',
      'taken as connections: EIO, then EBADF',
      'not taken, closed: the instance is free: ok',
      'connections as pages: EIO',
      'the passage closed: EBADF',
    ],
    async (stage) => {
      const { kernel, network, identity } = stage.world;
      const { pid, uid, gid } = identity;
      const path = `${stage.directory}/p`;
      const name = makeInstance(stage, SMALL);
      const pages = must(kernel.openPages(name, 0));
      const passage = must(network.openPassage(path, uid));
      const pass = (to: number): string =>
        outcome(passage.passPages({ pid: to, uid, gid }, [pages]));
      stage.say(`not reached: ${pass(pid)}`);
      const stranger = must(network.reachPassage(path));
      stage.say(`another pid: ${pass(pid + 1)} ${outcome(stranger.takePages())}`);
      const reached = must(network.reachPassage(path));
      stage.say(`nothing yet: ${outcome(reached.takePages())}`);
      must(passage.passPages({ pid, uid, gid }, [pages]));
      const asConnections = outcome(reached.take());
      stage.say(`taken as connections: ${asConnections}, then ${outcome(reached.takePages())}`);
      const left = must(network.reachPassage(path));
      must(passage.passPages({ pid, uid, gid }, [must(kernel.openPages(name, 0))]));
      left.close();
      stage.say(`not taken, closed: the instance is free: ${outcome(kernel.removeInstance(name))}`);
      const pair = await connected(stage);
      const last = must(network.reachPassage(path));
      must(passage.pass({ pid, uid, gid }, [pair.client]));
      stage.say(`connections as pages: ${outcome(last.takePages())}`);
      passage.close();
      stage.say(`the passage closed: ${pass(pid)}`);
      await endBoth(stage, pair);
    },
  ),
];

export const kernelPagesScripts: readonly ConformanceScript[] = [
  ...alone,
  ...passing,
  ...several,
].map((script) => ({ ...script, tracesKernel: true }));
