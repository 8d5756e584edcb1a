/**
 * Named pipes. All descriptors are non-blocking and wait in Node's event loop (epoll): no thread, no CPU.
 *
 * A signal carries no byte: the signaller opens the pipe for writing and closes it. The kernel then reports
 * end-of-file to every present reader, so one waiter cannot take the signal from another. A reader that has never
 * seen a writer is not at end-of-file; so it waits. (A pipe used for signals must not have a `read` on it: a `read`
 * holds a writing end open.) Any process that may write to the pipe can prevent signals in this way.
 */
import * as fs from 'node:fs';
import type { Socket } from 'node:net';
import { assert } from '../base/assert.ts';
import { ok } from '../base/result.ts';
import type { Log } from '../port/log.ts';
import type { NamedPipes, PipeWait, PipeWriter } from '../port/named-pipes.ts';
import type { OsResult } from '../port/os-error.ts';
import { type Descriptors, fileDescriptors, socketDescriptors } from './descriptor.ts';
import { type Entrance, entering } from './entrance.ts';
import { errnoName, failure, failureFromThrown, thrownErrno } from './errors.ts';
import { changeMode, isId } from './inode.ts';
import { errno, mkfifo, nativeTrouble } from './libc.ts';

const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_RDWR, O_WRONLY } = fs.constants;

/** Most bytes of one write; far below PIPE_BUF, so the kernel writes all bytes or none. */
const PIPE_WRITE_BYTES_MAX = 512;

export function createPipes(log: Log, entrance: Entrance): NamedPipes {
  return {
    create,
    awaitSignal: (path, onSignal) => awaitSignal(log, entrance, path, onSignal),
    signal,
    read: (path, onBytes) => read(log, entrance, path, onBytes),
    openWriter,
  };
}

function create(
  path: string,
  options: { readonly mode: number; readonly uid?: number; readonly gid?: number },
): OsResult<void> {
  const { uid: newUid = 0, gid: newGid = 0 } = options;
  if (path.includes('\0') || !isId(newUid) || !isId(newGid)) {
    return failure('EINVAL', 'pipes.create', path);
  }
  const trouble = nativeTrouble();
  if (trouble !== undefined) return failure('ENOSYS', 'pipes.create', path, trouble);
  // Only this user may open the pipe until owner and group are set. If they are right at once, `mode` applies at once.
  const isOurs = options.uid === undefined && options.gid === undefined;
  if (mkfifo()(path, isOurs ? options.mode : 0o600 & options.mode) < 0) {
    return failure(errnoName(errno()), 'pipes.create', path);
  }
  try {
    if (options.uid !== undefined || options.gid !== undefined) {
      const { uid, gid } = fs.lstatSync(path);
      fs.lchownSync(path, options.uid ?? uid, options.gid ?? gid);
    }
    changeMode(path, options.mode);
    return ok(undefined);
  } catch (thrown) {
    fs.rmSync(path, { force: true });
    return failureFromThrown(thrown, 'pipes.create', path);
  }
}

function awaitSignal(
  log: Log,
  entrance: Entrance,
  path: string,
  onSignal: () => void,
): OsResult<PipeWait> {
  const opened = openPipe(socketDescriptors, path, O_RDONLY, 'pipes.awaitSignal');
  if (!opened.ok) return opened;
  const socket = reader(entrance, opened.value, (reason) =>
    log('pipe.waitFailed', { path, reason }),
  );
  let waiting = true;
  const close = (): void => {
    waiting = false;
    forget();
    socket.destroy();
  };
  const forget = entrance.hold({ close });
  const onClose = (): void => {
    if (!waiting) return;
    close();
    onSignal();
  };
  socket.on('close', entering(entrance, onClose));
  // Bytes are an event as well (R1.16). To read on would cost CPU for as long as a process writes.
  const onData = (): void => void socket.destroy();
  socket.on('data', entering(entrance, onData));
  return ok({ close });
}

function signal(path: string): OsResult<void> {
  const opened = openPipe(fileDescriptors, path, O_WRONLY, 'pipes.signal');
  if (!opened.ok) return opened;
  fileDescriptors.close(opened.value);
  return ok(undefined);
}

function read(
  log: Log,
  entrance: Entrance,
  path: string,
  onBytes: (bytes: Uint8Array) => void,
): OsResult<PipeWait> {
  // Also open for writing, so that the reader sees no end-of-file when the last writer closes.
  const opened = openPipe(socketDescriptors, path, O_RDWR, 'pipes.read');
  if (!opened.ok) return opened;
  const socket = reader(entrance, opened.value, (reason) =>
    log('pipe.readFailed', { path, reason }),
  );
  let waiting = true;
  const onData = (chunk: Buffer): void => {
    if (waiting) onBytes(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length));
  };
  socket.on('data', entering(entrance, onData));
  return ok({
    close: () => {
      waiting = false;
      socket.destroy();
    },
  });
}

/** A socket over the pipe's descriptor, which it owns from now on; it does not keep the process alive. */
function reader(entrance: Entrance, fd: number, onFailure: (reason: string) => void): Socket {
  // Loaded by the first wait: a traced program without a registry may end before.
  const net = process.getBuiltinModule('node:net');
  const socket = new net.Socket({ fd, readable: true, writable: false });
  socket.unref();
  const onError = (error: Error): void => onFailure(error.message);
  socket.on('error', entering(entrance, onError));
  return socket;
}

function openWriter(path: string): OsResult<PipeWriter> {
  const opened = openPipe(fileDescriptors, path, O_WRONLY, 'pipes.openWriter');
  if (!opened.ok) return opened;
  const fd = opened.value;
  let closed = false;
  return ok({
    write: (bytes) => {
      assert(bytes.length <= PIPE_WRITE_BYTES_MAX, 'pipes: a write is at most 512 bytes');
      return !closed && bytes.length > 0 && writeWhole(fd, bytes);
    },
    close: () => {
      if (closed) return;
      closed = true;
      fileDescriptors.close(fd);
    },
  });
}

function writeWhole(fd: number, bytes: Uint8Array): boolean {
  try {
    return fs.writeSync(fd, bytes) === bytes.length;
  } catch (thrown) {
    // The pipe is full, has no reader, or has an error that a writer without waiting cannot handle.
    if (thrownErrno(thrown) !== undefined) return false;
    throw thrown;
  }
}

function openPipe(
  descriptors: Descriptors,
  path: string,
  access: number,
  call: string,
): OsResult<number> {
  const opened = descriptors.open(path, access | O_NONBLOCK | O_NOFOLLOW, call);
  if (!opened.ok) {
    // A path that cannot be opened in this way because it is not a pipe: ENXIO.
    return opened.error.code === 'EISDIR' ? failure('ENXIO', call, path) : opened;
  }
  if (fs.fstatSync(opened.value).isFIFO()) return opened;
  descriptors.close(opened.value);
  return failure('ENXIO', call, path);
}
