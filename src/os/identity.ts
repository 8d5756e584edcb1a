/** The identity of this process. Values that are costly or can change are read at each access. */
import { readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename } from 'node:path';
import { isMainThread } from 'node:worker_threads';
import type { Identity } from '../port/identity.ts';
import { believed } from './environment.ts';
import { thrownErrno } from './errors.ts';
import { gettid } from './libc.ts';

/** Longest process name, in UTF-8 bytes. */
const PROCESS_NAME_BYTES_MAX = 255;

/** `processName` defaults to the file name of the script, or of the interpreter if there is no script. */
export function createIdentity(processName?: string): Identity {
  const name = processName ?? basename(process.argv[1] ?? process.execPath);
  return {
    pid: process.pid,
    get tid() {
      return isMainThread ? process.pid : threadId();
    },
    get uid() {
      return process.geteuid?.() ?? 0;
    },
    get gid() {
      return process.getegid?.() ?? 0;
    },
    get hostname() {
      return hostname();
    },
    processName: truncateUtf8(name, PROCESS_NAME_BYTES_MAX),
    get environment() {
      return believed().environment;
    },
    get workingDirectory() {
      return workingDirectory();
    },
    get homeDirectory() {
      return believed().homeDirectory;
    },
  };
}

function threadId(): number {
  try {
    // Without native code, which a thread loads when a session wants it.
    const [, , tid] = readlinkSync('/proc/thread-self').split('/');
    return Number(tid);
  } catch {
    return gettid()();
  }
}

/** Undefined when the directory is gone; getcwd(3) puts "(unreachable)" before a path of another mount namespace. */
function workingDirectory(): string | undefined {
  try {
    const path = process.cwd();
    return path.startsWith('/') ? path : undefined;
  } catch (thrown) {
    if (thrownErrno(thrown) === undefined) throw thrown;
    return undefined;
  }
}

/** Longest prefix of `text` of at most `bytesMax` bytes that splits no character. */
function truncateUtf8(text: string, bytesMax: number): string {
  if (Buffer.byteLength(text) <= bytesMax) return text;
  const target = new Uint8Array(bytesMax);
  const { read } = new TextEncoder().encodeInto(text, target);
  return text.slice(0, read);
}
