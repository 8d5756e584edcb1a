/**
 * Descriptors that pass between the C library and Node's sockets. In a worker thread Node lists the descriptors that
 * `node:fs` opened and closes them when the thread ends, even if a socket has closed one long before and its number
 * now belongs to another file. Node also warns when `node:fs` closes a descriptor that it did not open. So worker
 * threads open and close these descriptors through the C library. Main threads need no native code for this.
 */
import * as fs from 'node:fs';
import { isMainThread } from 'node:worker_threads';
import { ok } from '../base/result.ts';
import type { OsResult } from '../port/os-error.ts';
import { errnoName, failure, failureFromThrown } from './errors.ts';
import { close, errno, open } from './libc.ts';

const O_CLOEXEC = 0o2000000;

export interface Descriptors {
  open(path: string, flags: number, call: string): OsResult<number>;
  close(fd: number): void;
}

/** Opens and closes descriptors that only `node:fs` uses. */
export const fileDescriptors: Descriptors = {
  open: (path, flags, call) => {
    try {
      return ok(fs.openSync(path, flags));
    } catch (thrown) {
      return failureFromThrown(thrown, call, path);
    }
  },
  close: (fd) => fs.closeSync(fd),
};

/** Opens and closes descriptors that a socket takes over, or that the C library made. */
export const socketDescriptors: Descriptors = isMainThread
  ? fileDescriptors
  : {
      open: (path, flags, call) => {
        if (path.includes('\0')) return failure('EINVAL', call, path);
        const fd = open()(path, flags | O_CLOEXEC, 0);
        return fd < 0 ? failure(errnoName(errno()), call, path) : ok(fd);
      },
      close: (fd) => {
        close()(fd);
      },
    };
