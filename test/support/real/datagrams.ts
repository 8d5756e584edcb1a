/** A datagram socket at a path, like that of a service manager. Node has none, so koffi calls the C library. */
import koffi from 'koffi';

const AF_UNIX = 1;
const SOCK_DGRAM_NONBLOCK = 2 | 0o4000;
const ADDRESS_BYTES = 110;
const TEXT_BYTES_MAX = 4096;
const POLL_MS = 10;

export interface Datagrams {
  /** The received datagrams, in order. */
  readonly texts: readonly string[];
  close(): void;
}

export function receiveDatagrams(path: string): Datagrams {
  const libc = koffi.load(null);
  const socket = libc.func('int socket(int domain, int type, int protocol)');
  const bind = libc.func('int bind(int fd, void *address, uint32_t length)');
  const receive = libc.func('intptr_t recv(int fd, void *bytes, size_t length, int flags)');
  const close = libc.func('int close(int fd)');

  const fd = Number(socket(AF_UNIX, SOCK_DGRAM_NONBLOCK, 0));
  const address = Buffer.alloc(ADDRESS_BYTES);
  address.writeUInt16LE(AF_UNIX, 0);
  address.write(path, 2);
  if (fd < 0 || Number(bind(fd, address, address.length)) !== 0) {
    throw new Error(`cannot receive datagrams at ${path}`);
  }
  const texts: string[] = [];
  const bytes = Buffer.alloc(TEXT_BYTES_MAX);
  const timer = setInterval(() => {
    for (;;) {
      const length = Number(receive(fd, bytes, bytes.length, 0));
      if (length < 0) return;
      texts.push(bytes.toString('utf8', 0, length));
    }
  }, POLL_MS);
  return {
    texts,
    close: () => {
      clearInterval(timer);
      close(fd);
    },
  };
}
