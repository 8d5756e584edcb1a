/** Archives of a session's chunks: whose traces they get, their names, and what is in the way. */
import { beforeEach, describe, expect, it } from 'vitest';
import { Simulation } from '../../../../sim/machine/simulation.ts';
import type { Files } from '../../../../src/port/files.ts';
import { archiveChunk, clearChunk } from '../../../../src/recorder/chunk-archive.ts';
import { must } from '../../../support/ring/memory.ts';
import { GROUPS, USERS } from '../../../support/simulated/users.ts';
import { TraceWriter } from '../../../support/trace/write-trace.ts';

const OUTPUT = '/tmp/out';
const PRESENT = `${OUTPUT}/ust/pid`;
const OURS = '00000000-0000-4000-8000-00000000000a';
const THEIRS = '00000000-0000-4000-8000-00000000000b';
const PLACE = { output: OUTPUT, sessionUuid: OURS };
const CHUNK = { number: 3, begunAtMs: 1_767_225_600_000 };
const NOW_NS = 1_767_225_660_000_000_000n;
const ARCHIVE = `${OUTPUT}/archives/20260101T000000+0000-20260101T000100+0000-3`;

let files: Files;
beforeEach(() => {
  const simulation = new Simulation({ seed: 1, users: USERS, groups: GROUPS, programs: {} });
  ({ files } = simulation.login('alice').world);
});

function record(name: string, sessionUuid = OURS): void {
  new TraceWriter(files, `${PRESENT}/${name}`, { sessionUuid }).close();
}
const namesIn = (directory: string): string[] => must(files.list(directory));
const archive = () => archiveChunk(files, PLACE, CHUNK, NOW_NS);

describe('an archive', () => {
  it('gets the traces of its session alone', () => {
    record('app-1');
    record('app-2', THEIRS);
    record('app-3');
    expect(must(archive())).toBe(ARCHIVE);
    expect(namesIn(`${ARCHIVE}/ust/pid`)).toEqual(['app-1', 'app-3']);
    expect(namesIn(PRESENT)).toEqual(['app-2']);
  });

  it('gets the traces of users, too, and a clear removes them', () => {
    const place = (uid: number) => `../uid/${uid}/64-bit`;
    record('app-1');
    record(place(1001));
    record(place(1002));
    record(`${place(1002)}-1`, THEIRS);
    // No directory of a user.
    must(files.open(`${OUTPUT}/ust/uid/notes`, 'create', 0o600)).close();
    expect(must(archive())).toBe(ARCHIVE);
    expect(namesIn(`${ARCHIVE}/ust`)).toEqual(['pid', 'uid']);
    expect(namesIn(`${ARCHIVE}/ust/uid/1001`)).toEqual(['64-bit']);
    expect(namesIn(`${ARCHIVE}/ust/uid/1002`)).toEqual(['64-bit']);
    expect(namesIn(`${OUTPUT}/ust/uid/1002`)).toEqual(['64-bit-1']);
    record(place(1001));
    must(clearChunk(files, PLACE));
    expect(namesIn(`${OUTPUT}/ust/uid/1001`)).toEqual([]);
    expect(namesIn(`${OUTPUT}/ust/uid/1002`)).toEqual(['64-bit-1']);
  });

  it('gets the traces of the kernel, too, and a clear removes them', () => {
    record('../../kernel');
    record('../../kernel-1', THEIRS);
    record('../../kernel-2');
    record('../../kernels');
    expect(must(archive())).toBe(ARCHIVE);
    expect(namesIn(ARCHIVE)).toEqual(['kernel', 'kernel-2']);
    expect(namesIn(OUTPUT)).toEqual(['archives', 'kernel-1', 'kernels', 'ust']);
    record('../../kernel');
    must(clearChunk(files, PLACE));
    expect(namesIn(OUTPUT)).toEqual(['archives', 'kernel-1', 'kernels', 'ust']);
  });

  it('is not made of nothing', () => {
    expect(must(archive())).toBeUndefined();
    record('app-2', THEIRS);
    expect(must(archive())).toBeUndefined();
    // A consumer was killed before this trace had its metadata.
    must(files.makeDirectory(`${PRESENT}/app-4`, 0o700));
    expect(must(archive())).toBeUndefined();
    expect(namesIn(OUTPUT)).toEqual(['ust']);
  });

  it('gets what a consumer that died has left, and is found again when nothing is', () => {
    record('app-1');
    must(archive());
    record('app-2');
    const later = NOW_NS + 5_000_000_000n;
    expect(must(archiveChunk(files, PLACE, CHUNK, later))).toBe(ARCHIVE);
    expect(namesIn(`${ARCHIVE}/ust/pid`)).toEqual(['app-1', 'app-2']);
    expect(must(archiveChunk(files, PLACE, CHUNK, later))).toBe(ARCHIVE);
    expect(namesIn(`${OUTPUT}/archives`)).toHaveLength(1);
  });

  it('is named by its end alone when nobody knows its beginning', () => {
    record('app-1');
    expect(must(archiveChunk(files, PLACE, { number: 0 }, NOW_NS))).toBe(
      `${OUTPUT}/archives/20260101T000100+0000-20260101T000100+0000-0`,
    );
  });

  it('cannot be made where a file is', () => {
    record('app-1');
    must(files.open(`${OUTPUT}/archives`, 'create')).close();
    expect(archive()).toMatchObject({ ok: false, error: { code: 'ENOTDIR' } });
    expect(namesIn(PRESENT)).toEqual(['app-1']);
  });
});

it('clears the traces of its session alone', () => {
  record('app-1');
  record('app-2', THEIRS);
  must(clearChunk(files, PLACE));
  expect(namesIn(PRESENT)).toEqual(['app-2']);
  must(clearChunk(files, PLACE));
});
