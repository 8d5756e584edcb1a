/**
 * The C library calls that Node does not offer, through koffi. This file loads koffi at the first call and binds each
 * function at its first use, because traced applications import it too and may never call one of them.
 *
 * Functions return what C returns; after a failure read {@link errno} at once. Pointers are bigints. In a worker thread
 * all of them run under the lock of `native-lock.ts`.
 */
import { isMainThread } from 'node:worker_threads';
import { inNative } from './native-lock.ts';

type Koffi = typeof import('koffi');
type KoffiLibrary = ReturnType<Koffi['load']>;

let koffiModule: Koffi | undefined;
let library: KoffiLibrary | undefined;

function koffi(): Koffi {
  koffiModule ??= inNative(load);
  return koffiModule;
}

/** Loads koffi; a traced program finds no module of it among its own. */
function load(): Koffi {
  const { createRequire } = process.getBuiltinModule('node:module');
  const require = createRequire(import.meta.url);
  const before = new Set(Object.keys(require.cache));
  const loaded = require('koffi') as Koffi;
  for (const path in require.cache)
    if (!before.has(path)) Reflect.deleteProperty(require.cache, path);
  return loaded;
}

/** Why this thread cannot load koffi, and so makes no call of this file; undefined if it can. */
export function nativeTrouble(): string | undefined {
  try {
    koffi();
    return undefined;
  } catch (thrown) {
    const { code, message } = thrown as { readonly code?: unknown; readonly message?: unknown };
    switch (code) {
      case 'ERR_DLOPEN_DISABLED':
      case 'ERR_ACCESS_DENIED':
        return Reflect.get(process, 'permission') === undefined
          ? 'the program runs with --no-addons'
          : 'the program runs with --permission, but without --allow-addons';
      case 'MODULE_NOT_FOUND':
        return 'the package koffi is not installed where the library is';
      default:
        return `koffi does not load: ${String(message).split('\n', 1)[0]}`;
    }
  }
}

function bind<F extends (...args: never[]) => unknown>(prototype: string): () => F {
  let bound: F | undefined;
  return () => (bound ??= isMainThread ? functionOf<F>(prototype) : locked(functionOf(prototype)));
}

function functionOf<F>(prototype: string): F {
  return inNative(() => {
    library ??= koffi().load(null);
    return library.func(prototype) as F;
  });
}

interface InPool<Args extends readonly unknown[]> {
  async(...args: [...Args, (error: Error | null, answer: number) => void]): void;
}

/** The same for a function that a thread of libuv's pool calls; never in a worker thread. */
function bindInPool<Args extends readonly unknown[]>(prototype: string): () => InPool<Args> {
  let bound: InPool<Args> | undefined;
  return () => (bound ??= functionOf<InPool<Args>>(prototype));
}

/** errno after the last call of this worker thread: what follows the call may change it. */
let lastErrno = 0;

function locked<F extends (...args: never[]) => unknown>(call: F): F {
  const inLock = (...args: Parameters<F>): unknown =>
    inNative(() => {
      const answer = call(...args);
      lastErrno = koffi().errno();
      return answer;
    });
  return inLock as F;
}

/** `-1` as a pointer: the result of a failed `shmat` or `mmap`. */
export const FAILED_POINTER = 0xffff_ffff_ffff_ffffn;

/** The calling thread's errno, after a failed call of this file. */
export function errno(): number {
  return isMainThread ? koffi().errno() : lastErrno;
}

/** An ArrayBuffer over `byteLength` bytes of mapped memory; no copy. */
export function viewMemory(pointer: bigint, byteLength: number): ArrayBuffer {
  return inNative(() => koffi().view(pointer, byteLength));
}

/** Where the bytes are. They stay there as long as the caller keeps the array. */
export function addressOf(bytes: Uint8Array): bigint {
  return inNative(() => koffi().address(bytes));
}

/** The NUL-terminated string at `pointer`. */
export function readCString(pointer: bigint): string {
  return inNative(() => String(koffi().decode.string(pointer)));
}

export const gettid = bind<() => number>('int gettid()');
export const clockGettime = bind<(clock: number, timespec: Uint8Array) => number>(
  'int clock_gettime(int clock, void *timespec)',
);

export const shmget = bind<(key: number, byteLength: number, flags: number) => number>(
  'int shmget(int key, size_t size, int flags)',
);
export const shmat = bind<(id: number, address: null, flags: number) => bigint>(
  'void *shmat(int id, void *address, int flags)',
);
export const shmdt = bind<(address: bigint) => number>('int shmdt(void *address)');
export const shmctl = bind<(id: number, command: number, buffer: Uint8Array | null) => number>(
  'int shmctl(int id, int command, void *buffer)',
);
export const mmap = bind<
  (
    address: bigint,
    byteLength: number,
    protection: number,
    flags: number,
    fd: number,
    offset: number,
  ) => bigint
>('void *mmap(void *address, size_t length, int protection, int flags, int fd, int64_t offset)');
export const munmap = bind<(address: bigint, byteLength: number) => number>(
  'int munmap(void *address, size_t length)',
);

export const socket = bind<(domain: number, type: number, protocol: number) => number>(
  'int socket(int domain, int type, int protocol)',
);
export const bindSocket = bind<(fd: number, address: Uint8Array, length: number) => number>(
  'int bind(int fd, void *address, uint32_t length)',
);
export const connect = bind<(fd: number, address: Uint8Array, length: number) => number>(
  'int connect(int fd, void *address, uint32_t length)',
);
export const listen = bind<(fd: number, backlog: number) => number>(
  'int listen(int fd, int backlog)',
);
export const accept4 = bind<(fd: number, address: null, length: null, flags: number) => number>(
  'int accept4(int fd, void *address, void *length, int flags)',
);
export const getpeername = bind<(fd: number, address: Uint8Array, length: Uint32Array) => number>(
  'int getpeername(int fd, void *address, void *length)',
);
export const getsockname = bind<(fd: number, address: Uint8Array, length: Uint32Array) => number>(
  'int getsockname(int fd, void *address, void *length)',
);
export const getsockopt = bind<
  (fd: number, level: number, option: number, value: Uint8Array, length: Uint32Array) => number
>('int getsockopt(int fd, int level, int option, void *value, void *length)');
export const setsockopt = bind<
  (fd: number, level: number, option: number, value: Uint8Array, length: number) => number
>('int setsockopt(int fd, int level, int option, void *value, uint32_t length)');
export const send = bind<(fd: number, bytes: Uint8Array, length: number, flags: number) => number>(
  'intptr_t send(int fd, void *bytes, size_t length, int flags)',
);

/** `message`: a `struct msghdr`, whose pointers come from {@link addressOf}. */
export const sendmsg = bind<(fd: number, message: Uint8Array, flags: number) => number>(
  'intptr_t sendmsg(int fd, void *message, int flags)',
);
export const recvmsg = bind<(fd: number, message: Uint8Array, flags: number) => number>(
  'intptr_t recvmsg(int fd, void *message, int flags)',
);

export const epollCreate = bind<(flags: number) => number>('int epoll_create1(int flags)');
export const epollControl = bind<
  (epoll: number, operation: number, fd: number, event: Uint8Array) => number
>('int epoll_ctl(int epfd, int op, int fd, void *event)');
export const eventfd = bind<(count: number, flags: number) => number>(
  'int eventfd(uint32_t count, int flags)',
);

const epollWaitInPool = bindInPool<
  [epoll: number, events: Uint8Array, most: number, timeoutMs: number]
>('int epoll_wait(int epfd, void *events, int most, int timeout)');

/**
 * `epoll_wait` without a time limit, in a thread of libuv's pool. `onEnd` gets how many events are in `events`, which
 * the caller keeps; negative: a signal interrupted it. Not in a worker thread.
 */
export function epollWait(
  epoll: number,
  events: Uint8Array,
  most: number,
  onEnd: (count: number) => void,
): void {
  epollWaitInPool().async(epoll, events, most, -1, (_error, count) => onEnd(count));
}

/** Of the file system of a descriptor: a `struct statfs`, which begins with a `long`, its type. */
export const fstatfs = bind<(fd: number, status: Uint8Array) => number>(
  'int fstatfs(int fd, void *status)',
);
export const mount = bind<
  (source: string, target: string, type: string, flags: number, data: null) => number
>(
  'int mount(const char *source, const char *target, const char *type, unsigned long flags, void *data)',
);

export const open = bind<(path: string, flags: number, mode: number) => number>(
  'int open(const char *path, int flags, uint32_t mode)',
);
export const close = bind<(fd: number) => number>('int close(int fd)');
export const dup2 = bind<(from: number, to: number) => number>('int dup2(int from, int to)');
/** With the commands that take a number. */
export const fcntl = bind<(fd: number, command: number, argument: number) => number>(
  'int fcntl(int fd, int command, int argument)',
);
export const flock = bind<(fd: number, operation: number) => number>(
  'int flock(int fd, int operation)',
);
export const mkfifo = bind<(path: string, mode: number) => number>(
  'int mkfifo(const char *path, uint32_t mode)',
);

export const getgrnamR = bind<
  (name: string, entry: Uint8Array, text: Uint8Array, length: number, found: Uint8Array) => number
>('int getgrnam_r(const char *name, void *entry, void *text, size_t length, void *found)');
export const getpwnamR = bind<
  (name: string, entry: Uint8Array, text: Uint8Array, length: number, found: Uint8Array) => number
>('int getpwnam_r(const char *name, void *entry, void *text, size_t length, void *found)');
export const getpwuidR = bind<
  (uid: number, entry: Uint8Array, text: Uint8Array, length: number, found: Uint8Array) => number
>('int getpwuid_r(uint32_t uid, void *entry, void *text, size_t length, void *found)');
export const getgrouplist = bind<
  (name: string, gid: number, groups: Uint32Array, count: Int32Array) => number
>('int getgrouplist(const char *name, uint32_t gid, void *groups, void *count)');
