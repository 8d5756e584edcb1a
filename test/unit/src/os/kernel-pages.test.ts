/**
 * Pages of the kernel on the real World: waits cost nothing and never keep a process from its end, no descriptor stays
 * open, and a taker accepts nothing but files of tracefs that it can read.
 */
import * as fs from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { socketDescriptors } from '../../../../src/os/descriptor.ts';
import { sendDescriptors } from '../../../../src/os/descriptor-passing.ts';
import { acceptWaiting, listenAt } from '../../../../src/os/unix-calls.ts';
import {
  type InstanceOptions,
  type KernelPages,
  PASSED_PAGES_MAX,
} from '../../../../src/port/kernel-tracer.ts';
import type { World } from '../../../../src/port/world.ts';
import { whyNoTracefs } from '../../../port/tracefs.ts';
import {
  createTestWorld,
  must,
  openDescriptors,
  pass,
  runSnippet,
  runSnippetInShell,
  scratchDirectory,
  until,
} from '../../../support/real/os.ts';

const OPTIONS: InstanceOptions = { bufferKb: 64, pageKb: 4, overwrite: false, wakePercent: 50 };
const NAME = `lttng-ts-test-${process.pid}`;
const noTracefs = whyNoTracefs();

describe.skipIf(noTracefs !== undefined)('pages of the kernel', () => {
  let world: World;
  let root: string;
  /** All pages of the test: the instance cannot be removed before they are closed. */
  const opened: KernelPages[] = [];

  beforeEach(() => {
    world = createTestWorld();
    must(world.kernel.makeInstance(NAME, OPTIONS));
    root = ['/sys/kernel/tracing', '/sys/kernel/debug/tracing'].find(fs.existsSync) ?? '';
  });

  afterEach(() => {
    for (const each of opened.splice(0)) each.close();
    must(world.kernel.removeInstance(NAME));
  });

  function openFirst(): KernelPages {
    const [cpu = 0] = must(world.kernel.describe()).cpus;
    const pages = must(world.kernel.openPages(NAME, cpu));
    opened.push(pages);
    return pages;
  }

  test('no descriptor stays open, also of pages that nobody takes and of a wait that is closed', async () => {
    const { kernel, network, identity } = world;
    const path = `${scratchDirectory()}/p`;
    const cycle = async (): Promise<void> => {
      const [one, other] = [openFirst(), openFirst()];
      one.await(() => undefined).close();
      other.await(() => undefined);
      kernel.openPages(NAME, 9_999);
      kernel.openPages('none', 0);
      other.close();
      for (const isTaken of [true, false]) {
        const passage = must(network.openPassage(path, identity.uid));
        const reached = must(network.reachPassage(path));
        must(passage.passPages(identity, [isTaken ? one : openFirst()]));
        passage.close();
        for (const taken of isTaken ? must(reached.takePages()) : []) taken.close();
        reached.close();
      }
    };
    await cycle();
    await pass(20);
    const before = openDescriptors();
    for (let count = 0; count < 100; count += 1) await cycle();
    await until(() => openDescriptors() <= before);
    expect(openDescriptors()).toBeLessThanOrEqual(before);
  });

  test('a process ends at once while it waits', () => {
    const { status, signal, stderr } = runSnippet(
      `const { kernel } = createRealWorld({ log: () => {} });
       const pages = must(kernel.openPages(process.argv[1], must(kernel.describe()).cpus[0]));
       pages.await(() => {});
       setTimeout(() => process.exit(7), 100);`,
      [NAME],
    );
    expect({ status, signal, stderr }).toEqual({ status: 7, signal: null, stderr: '' });
  });

  test('a process that waits uses no processor, and its end of all waits lets it end', () => {
    const { status, stdout, stderr } = runSnippet(
      `const { kernel } = createRealWorld({ log: () => {} });
       const pages = must(kernel.openPages(process.argv[1], must(kernel.describe()).cpus[0]));
       const wait = pages.await(() => {});
       const before = process.cpuUsage();
       setTimeout(() => {
         const { user, system } = process.cpuUsage(before);
         process.stdout.write(String(user + system < 100_000));
         wait.close();
       }, 1_000);`,
      [NAME],
    );
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: 'true', stderr: '' });
  });

  /** What the taker says to descriptors that a listener of ours sends; none of them is open afterwards. */
  function said(descriptors: readonly number[]): string {
    const path = `${scratchDirectory()}/p`;
    const { fd } = must(listenAt(path, { mode: 0o600 }, 0, 'test'));
    const reached = must(world.network.reachPassage(path));
    const accepted = acceptWaiting(fd);
    const before = openDescriptors();
    must(sendDescriptors(accepted, descriptors, 'test', 'test'));
    const taken = reached.takePages();
    if (taken.ok) opened.push(...taken.value);
    expect(openDescriptors()).toBe(before - 1);
    for (const each of [accepted, fd]) socketDescriptors.close(each);
    return taken.ok ? 'ok' : `${taken.error.code} ${taken.error.detail}`;
  }

  test('a taker refuses what is no readable file of tracefs, an odd number, and too many', () => {
    const file = fs.openSync('/dev/null', 'r');
    const switched = `${root}/instances/${NAME}/tracing_on`;
    const unreadable = fs.openSync(switched, fs.constants.O_WRONLY);
    const readable = fs.openSync(switched, fs.constants.O_RDONLY);
    const no = 'EIO a descriptor is no file of tracefs';
    expect(said([file, file])).toBe(no);
    expect(said([readable, file])).toBe(no);
    expect(said([readable, unreadable])).toBe(no);
    expect(said([readable])).toBe('EIO 1 descriptors came');
    const many = 2 * PASSED_PAGES_MAX + 2;
    expect(said(Array.from({ length: many }, () => readable))).toBe(`EIO ${many} descriptors came`);
    for (const each of [file, unreadable, readable]) fs.closeSync(each);
  });

  test('as many pages are passed as the port says', () => {
    const { network, identity } = world;
    const path = `${scratchDirectory()}/p`;
    const passage = must(network.openPassage(path, identity.uid));
    const reached = must(network.reachPassage(path));
    must(passage.passPages(identity, Array.from({ length: PASSED_PAGES_MAX }, openFirst)));
    const taken = must(reached.takePages());
    opened.push(...taken);
    expect(taken).toHaveLength(PASSED_PAGES_MAX);
    passage.close();
  });

  test('a read goes into memory that processes share', () => {
    const { kernel, memory, identity } = world;
    const { cpus } = must(kernel.describe());
    const access = { uid: identity.uid, gid: identity.gid, mode: 0o600 };
    const segment = must(memory.create(8192, access, 0));
    const attached = must(memory.attachWritable(segment));
    must(kernel.setEvent(NAME, 'syscalls:sys_enter_openat', true));
    const pages = cpus.map((cpu) => must(kernel.openPages(NAME, cpu)));
    opened.push(...pages);
    must(kernel.setRecording(NAME, true));
    fs.closeSync(fs.openSync('/dev/null', 'r'));
    must(kernel.setRecording(NAME, false));
    const into = new Uint8Array(attached.buffer, 4096, 4096);
    const lengths = pages.map((each) => must(each.read(into)));
    expect(lengths).toContain(4096);
    expect(into.some((byte) => byte !== 0)).toBe(true);
    attached.detach();
    must(memory.remove(segment));
  });

  test('a process without room for descriptors opens no pages, and has none open afterwards', () => {
    const { stdout, stderr } = runSnippetInShell(
      'ulimit -n 60',
      `import { openSync, closeSync } from 'node:fs';
       const { kernel } = createRealWorld({ log: () => {} });
       const cpu = must(kernel.describe()).cpus[0];
       must(kernel.openPages(process.argv[1], cpu)).close();
       const fillers = [];
       const fill = () => { try { for (;;) fillers.push(openSync('/dev/null', 'r')); } catch {} };
       fill();
       const outcomes = [];
       // Two for the pages, two for the wait.
       for (const room of [1, 2, 3, 4]) {
         for (const each of fillers.splice(0, room)) closeSync(each);
         const opened = kernel.openPages(process.argv[1], cpu);
         outcomes.push(opened.ok ? 'ok' : opened.error.code);
         if (opened.ok) opened.value.close();
         const before = fillers.length;
         fill();
         outcomes.push(fillers.length - before);
       }
       process.stdout.write(outcomes.join(' '));`,
      [NAME],
    );
    expect({ stdout, stderr }).toEqual({ stdout: 'EMFILE 1 EMFILE 2 EMFILE 3 ok 4', stderr: '' });
  });
});

describe.skipIf(noTracefs !== undefined)('tracefs', () => {
  /** What `describe` says in a mount namespace where this was done before. */
  function said(command: string, uid = 0): string {
    const { stdout, stderr } = runSnippetInShell(
      command,
      `const { kernel } = createRealWorld({ log: () => {} });
       process.setuid(${uid});
       const { ok, error } = kernel.describe();
       process.stdout.write(ok ? 'ok' : error.code + ' ' + error.detail);`,
      [],
      ['unshare', '--mount'],
    );
    expect(stderr).toBe('');
    return stdout;
  }

  test('root mounts it where it is missing, and another user says so', () => {
    const unmounted = '(umount -R /sys/kernel/debug 2>/dev/null; umount /sys/kernel/tracing)';
    expect(said(unmounted)).toBe('ok');
    const missing = 'ENOENT tracefs is not mounted: only root can mount it';
    expect(said(unmounted, 61_001)).toBe(missing);
    expect(said('true', 61_001)).toBe('EACCES undefined');
  });

  test('it is also found where debugfs has it', () => {
    const debug = '(mountpoint -q /sys/kernel/debug || mount -t debugfs none /sys/kernel/debug)';
    const hidden = 'umount /sys/kernel/tracing && mount -t tmpfs none /sys/kernel/tracing';
    expect(said(`${debug} && ${hidden}`)).toBe('ok');
  });
});
