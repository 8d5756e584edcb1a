/**
 * Where tracefs is, and its files. The kernel makes their text when they are read, so its length is not known before:
 * each is read up to a bound. A write is one call, because the kernel takes each call as a whole.
 *
 * These functions throw what Node throws, or a {@link Refusal}; {@link attempt} turns both into results.
 */
import * as fs from 'node:fs';
import { ok } from '../base/result.ts';
import type { OsResult } from '../port/os-error.ts';
import { errnoName, failure, failureFromThrown, thrownErrno } from './errors.ts';
import * as libc from './libc.ts';

/** TRACEFS_MAGIC. */
const TRACEFS_TYPE = 0x7472_6163;
const OWN_PLACE = '/sys/kernel/tracing';
/** The second one is that of debugfs, where the kernel mounts it at the first look. */
const PLACES = [OWN_PLACE, '/sys/kernel/debug/tracing'];
/** `struct statfs` of 64-bit Linux; it begins with the type, a `long`. */
const STATFS_BYTES = 120;
const { O_RDONLY, O_WRONLY } = fs.constants;
const READ_BYTES = 64 * 1024;

/** An error that the kernel does not say itself, or whose reason it says elsewhere. */
export class Refusal extends Error {
  readonly code: string;

  constructor(code: string, reason: string) {
    super(reason);
    this.code = code;
  }
}

export function attempt<T>(call: string, subject: string, act: () => T): OsResult<T> {
  try {
    return ok(act());
  } catch (thrown) {
    if (thrown instanceof Refusal) return failure(thrown.code, call, subject, thrown.message);
    return failureFromThrown(thrown, call, subject);
  }
}

/** The directory of tracefs, which root mounts if it is nowhere. */
export function tracefsRoot(): string {
  const place = PLACES.find(isTracefs);
  if (place !== undefined) return place;
  const reason = mountTrouble();
  if (reason !== undefined) throw new Refusal('ENOENT', `tracefs is not mounted: ${reason}`);
  return OWN_PLACE;
}

function isTracefs(path: string): boolean {
  try {
    return fs.statfsSync(path).type === TRACEFS_TYPE;
  } catch (thrown) {
    if (thrownErrno(thrown) === undefined) throw thrown;
    return false;
  }
}

/** Whether the descriptor is of a file in tracefs. */
export function isInTracefs(fd: number): boolean {
  const status = Buffer.alloc(STATFS_BYTES);
  return libc.fstatfs()(fd, status) === 0 && status.readBigInt64LE() === BigInt(TRACEFS_TYPE);
}

/** Mounts tracefs at its place; or why not. */
function mountTrouble(): string | undefined {
  if (process.geteuid?.() !== 0) return 'only root can mount it';
  const trouble = libc.nativeTrouble();
  if (trouble !== undefined) return trouble;
  if (libc.mount()('tracefs', OWN_PLACE, 'tracefs', 0, null) === 0) return undefined;
  const name = errnoName(libc.errno());
  return name === 'ENODEV' || name === 'ENOENT' ? 'the kernel has none' : name;
}

/** EIO: the file has more bytes. */
export function readText(path: string, bytesMax: number): string {
  return withOpen(path, O_RDONLY, (fd) => {
    const parts: Buffer[] = [];
    let bytes = 0;
    for (;;) {
      const part = Buffer.allocUnsafe(READ_BYTES);
      const length = fs.readSync(fd, part);
      if (length === 0) return Buffer.concat(parts, bytes).toString();
      bytes += length;
      if (bytes > bytesMax) throw new Refusal('EIO', `${path} has more than ${bytesMax} bytes`);
      parts.push(part.subarray(0, length));
    }
  });
}

export function writeText(path: string, text: string): void {
  withOpen(path, O_WRONLY, (fd) => fs.writeSync(fd, text));
}

/** Never makes a file, as `fs.writeFileSync` would: the kernel then answers EACCES, and not ENOENT. */
function withOpen<T>(path: string, flags: number, act: (fd: number) => T): T {
  const fd = fs.openSync(path, flags);
  try {
    return act(fd);
  } finally {
    fs.closeSync(fd);
  }
}
