/** The current state of a simulated machine as plain values, for oracles and tests. */
import type { FileInfo } from '../../src/port/files.ts';
import { byteLengthOf, componentsOf, type Inode, kindOf, type Tree } from './fs/tree.ts';
import { PipeState } from './ipc/pipes.ts';
import { SocketListener } from './ipc/unix-listener.ts';

export interface ListedFile extends FileInfo {
  readonly path: string;
}

export interface ListedSocket {
  readonly path: string;
  /** Undefined: a stale file. */
  readonly listenerPid: number | undefined;
  /** Connections in the backlog. */
  readonly waiting: number;
  readonly passedSockets: number;
}

export interface ListedPipe {
  readonly path: string;
  readonly waiters: number;
  readonly readers: number;
  /** Readers hold the writing end open too. */
  readonly writers: number;
}

/** Everything in the tree, sorted by path. */
export function listFiles(tree: Tree): ListedFile[] {
  return tree.list().map(([path, inode]) => {
    const { uid, gid, mode } = inode;
    return { path, kind: kindOf(inode), uid, gid, mode, byteLength: byteLengthOf(inode) };
  });
}

/** A text that stays the same as long as nothing changes at `path`, below it, or on the way to it. */
export function stateOf(tree: Tree, path: string): string {
  const lines: string[] = [];
  const add = (at: string, inode: Inode): void => {
    const { id, uid, gid, mode } = inode;
    const changes = inode.kind === 'file' ? inode.content.changes : 0;
    lines.push(`${at} ${id} ${uid} ${gid} ${mode} ${changes}`);
  };
  let there: Inode | undefined = tree.root;
  for (const name of componentsOf(path)) {
    there = there?.kind === 'directory' ? there.entries.get(name) : undefined;
    if (there !== undefined) add(name, there);
  }
  if (there?.kind === 'directory') for (const [at, inode] of tree.list(there)) add(at, inode);
  return lines.join('\n');
}

/** Socket files and the processes that listen on them. */
export function listSockets(tree: Tree): ListedSocket[] {
  const listed: ListedSocket[] = [];
  for (const [path, inode] of tree.list()) {
    if (inode.kind !== 'socket') continue;
    const listener = inode.endpoint instanceof SocketListener ? inode.endpoint : undefined;
    const [waiting, passedSockets] = [
      listener?.waitingCount ?? 0,
      listener?.passedSocketCount ?? 0,
    ];
    listed.push({ path, listenerPid: listener?.process.pid, waiting, passedSockets });
  }
  return listed;
}

export function listPipes(tree: Tree): ListedPipe[] {
  const listed: ListedPipe[] = [];
  for (const [path, inode] of tree.list()) {
    if (inode.kind !== 'pipe' || !(inode.endpoint instanceof PipeState)) continue;
    const { waiters, readers, writers } = inode.endpoint;
    listed.push({ path, waiters: waiters.size, readers: readers.size, writers });
  }
  return listed;
}
