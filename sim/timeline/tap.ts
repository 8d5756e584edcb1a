/**
 * Observes programs: a World that reports every message, every started process, every segment and every file write to
 * the timeline. It changes nothing.
 */

import { joined } from '../../src/base/bytes.ts';
import type { OpenFile } from '../../src/port/files.ts';
import type { Credentials } from '../../src/port/identity.ts';
import { levelOf, sentenceOf } from '../../src/port/log.ts';
import type { OsResult } from '../../src/port/os-error.ts';
import type { Connection } from '../../src/port/unix-sockets.ts';
import type { World } from '../../src/port/world.ts';
import { decodeFrame, FrameParser, frameOf } from '../../src/wire/frames.ts';
import { RollingHash } from '../machine/core/rolling-hash.ts';
import type { EntryBody } from './entry.ts';
import { tapNetwork } from './network-tap.ts';
import type { Wires } from './wires.ts';

/** Receives one action of a process. */
export type Tell = (pid: number, body: EntryBody) => void;

export function tap(world: World, wires: Wires, tell: Tell): World {
  const { pid } = world.identity;
  const say: Say = (text) => tell(pid, { kind: 'act', text });
  return {
    ...world,
    network: tapNetwork(world.network, wires, (body) => tell(pid, body)),
    unix: tapUnix(world.unix, (body) => tell(pid, body)),
    memory: tapMemory(world.memory, say),
    files: tapFiles(world.files, say),
    log: (event, fields) => {
      world.log(event, fields);
      const text = `${sentenceOf(event)}${fields === undefined ? '' : ` ${textOf(fields)}`}`;
      tell(pid, { kind: 'log', level: levelOf(event), text });
    },
    processes: {
      ...world.processes,
      spawn: (request, onExit) => {
        const spawned = world.processes.spawn(request, onExit);
        const child = spawned.ok ? spawned.value.pid : undefined;
        const text = `starts ${request.program}${child === undefined ? '' : ` as ${child}`}`;
        tell(pid, { kind: 'start', text, child });
        return spawned;
      },
      exit: (code) => {
        say(`exits with ${code}`);
        world.processes.exit(code);
      },
    },
  };
}

type Say = (text: string) => void;

function tapUnix(unix: World['unix'], tell: (body: EntryBody) => void): World['unix'] {
  const tapped = (connection: Connection): Connection => tapConnection(connection, tell);
  return {
    listen: (path, options, onConnection) => {
      const listening = unix.listen(path, options, (connection) =>
        onConnection(tapped(connection)),
      );
      if (!listening.ok) return listening;
      const listener = listening.value;
      return {
        ok: true,
        value: {
          claimSocket: (token, from) => mapped(listener.claimSocket(token, from), tapped),
          close: () => listener.close(),
        },
      };
    },
    connect: (path, options, onOutcome) =>
      unix.connect(path, options, (outcome) => {
        if (!outcome.ok) {
          tell({ kind: 'act', text: `cannot connect to ${path}: ${outcome.error.code}` });
        }
        onOutcome(mapped(outcome, tapped));
      }),
    passSocket: (path, options) =>
      mapped(unix.passSocket(path, options), ({ own, token }) => ({
        own: tapped(own),
        token,
      })),
  };
}

function tapConnection(connection: Connection, tell: (body: EntryBody) => void): Connection {
  // Asking for the peer is a system call and would change the run: the peer is known once the program has asked.
  let peer: Credentials | undefined;
  const tellMessage = (kind: 'send' | 'receive', frame: Uint8Array): void =>
    tell({ kind, peer: peer?.pid, key: keyOf(frame), text: messageText(frame) });
  return {
    peer() {
      const asked = connection.peer();
      if (asked.ok) peer = asked.value;
      return asked;
    },
    get pendingBytes() {
      return connection.pendingBytes;
    },
    start: (listener) => {
      const parser = new FrameParser();
      connection.start({
        onData: (bytes) => {
          for (const body of parser.push(bytes).bodies) tellMessage('receive', frameOf(body));
          listener.onData(bytes);
        },
        onClose: (reason) => listener.onClose(reason),
      });
    },
    send: (...parts) => {
      tellMessage('send', joined(parts));
      connection.send(...parts);
    },
    close: () => connection.close(),
    drop: () => connection.drop(),
  };
}

function keyOf(frame: Uint8Array): string {
  const hash = new RollingHash();
  hash.foldBytes(frame);
  return hash.hex();
}

/** Bytes that are not a message are shown by their number. */
function messageText(frame: Uint8Array): string {
  try {
    return textOf(decodeFrame(frame));
  } catch {
    return `${frame.length} bytes`;
  }
}

function tapMemory(memory: World['memory'], say: Say): World['memory'] {
  return {
    ...memory,
    create: (byteLength, access, family) => {
      const created = memory.create(byteLength, access, family);
      const id = created.ok ? created.value.id : created.error.code;
      say(`creates segment ${id} for ${access.uid}:${access.gid}, ${access.mode.toString(8)}`);
      return created;
    },
    attachWritable: (ref) => said(memory.attachWritable(ref), `attaches ${ref.id} to write`, say),
    attachReadable: (ref) => said(memory.attachReadable(ref), `attaches ${ref.id} to read`, say),
    remove: (ref) => said(memory.remove(ref), `removes segment ${ref.id}`, say),
  };
}

function tapFiles(files: World['files'], say: Say): World['files'] {
  return {
    ...files,
    open: (path, how, mode) =>
      mapped(files.open(path, how, mode), (file) =>
        how === 'read' ? file : tapFile(file, path, say),
      ),
    makeDirectory: (path, mode) =>
      said(files.makeDirectory(path, mode), `creates directory ${path}`, say),
    remove: (path) => said(files.remove(path), `removes ${path}`, say),
  };
}

function tapFile(file: OpenFile, path: string, say: Say): OpenFile {
  return {
    append: (parts) => {
      const taken = file.append(parts);
      say(`writes ${taken.ok ? taken.value : taken.error.code} to ${path}`);
      return taken;
    },
    read: (into, position) => file.read(into, position),
    byteLength: () => file.byteLength(),
    standing: (at) => file.standing(at),
    truncate: (byteLength) =>
      said(file.truncate(byteLength), `truncates ${path} to ${byteLength}`, say),
    sync: () => file.sync(),
    lock: () => said(file.lock(), `locks ${path}`, say),
    close: () => file.close(),
  };
}

function said<T>(result: OsResult<T>, what: string, say: Say): OsResult<T> {
  say(result.ok ? what : `${what}: ${result.error.code}`);
  return result;
}

function mapped<T, U>(result: OsResult<T>, change: (value: T) => U): OsResult<U> {
  return result.ok ? { ok: true, value: change(result.value) } : result;
}

function textOf(message: unknown): string {
  return JSON.stringify(message, (_, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value,
  );
}
