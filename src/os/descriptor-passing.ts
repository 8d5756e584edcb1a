/**
 * Descriptors in a message over a Unix socket (SCM_RIGHTS): `sendmsg` and `recvmsg` with the structures of 64-bit
 * Linux. The content of the message is one byte: the number of descriptors. If one of those that come is not what the
 * receiver expects, it closes all of them.
 */
import * as fs from 'node:fs';
import { ok } from '../base/result.ts';
import { PASSED_PAGES_MAX } from '../port/kernel-tracer.ts';
import { PASSED_CONNECTIONS_MAX } from '../port/network.ts';
import type { OsResult } from '../port/os-error.ts';
import { socketDescriptors } from './descriptor.ts';
import { failure } from './errors.ts';
import { DESCRIPTORS_OF_PAGES } from './kernel-pages.ts';
import * as libc from './libc.ts';
import { isInTracefs } from './tracefs-files.ts';
import {
  lastFailure,
  MSG_NOSIGNAL,
  SO_ACCEPTCONN,
  SO_TYPE,
  SOCK_STREAM,
  SOL_SOCKET,
  socketOption,
} from './unix-calls.ts';

const SCM_RIGHTS = 1;
const MSG_CTRUNC = 0x08;
const MSG_DONTWAIT = 0x40;
const MSG_CMSG_CLOEXEC = 0x4000_0000;

/** Where the fields of `struct msghdr` are that this file uses; then those of `struct cmsghdr`. */
const PARTS = 16;
const PART_COUNT = 24;
const CONTROL = 32;
const CONTROL_BYTES = 40;
const FLAGS = 48;
const CONTROL_LEVEL = 8;
const CONTROL_TYPE = 12;
const CONTROL_HEADER_BYTES = 16;
const DESCRIPTOR_BYTES = 4;
/** Our one allocation has the message, its only part (`struct iovec`), the byte of that part, and the control part. */
const PART_AT = 56;
const PART_LENGTH_AT = 64;
const BYTE_AT = 72;
const CONTROL_AT = 80;
/** The kernel passes no more at once (SCM_MAX_FD). It cuts a control part of this room short only at our own limit. */
const DESCRIPTORS_AT_ONCE_MAX = 253;

const SO_PROTOCOL = 38;
const IPPROTO_TCP = 6;
const { O_WRONLY } = fs.constants;
const F_GETFL = 3;

/** What is passed. */
interface DescriptorKind {
  readonly name: string;
  readonly most: number;
  /** They come in groups of as many. */
  readonly group: number;
  fits(fd: number): boolean;
}

export const CONNECTIONS: DescriptorKind = {
  name: 'TCP connection',
  most: PASSED_CONNECTIONS_MAX,
  group: 1,
  fits: isTcpConnection,
};
export const TRACEFS_FILES: DescriptorKind = {
  name: 'file of tracefs',
  most: PASSED_PAGES_MAX * DESCRIPTORS_OF_PAGES,
  group: DESCRIPTORS_OF_PAGES,
  fits: isReadableInTracefs,
};

/** Sends the descriptors, all or none; the sender keeps its own. */
export function sendDescriptors(
  fd: number,
  descriptors: readonly number[],
  call: string,
  subject: string,
): OsResult<void> {
  const message = createMessage(descriptors.length);
  const control = message.subarray(CONTROL_AT);
  message[BYTE_AT] = descriptors.length;
  control.writeBigUInt64LE(BigInt(CONTROL_HEADER_BYTES + descriptors.length * DESCRIPTOR_BYTES));
  control.writeInt32LE(SOL_SOCKET, CONTROL_LEVEL);
  control.writeInt32LE(SCM_RIGHTS, CONTROL_TYPE);
  descriptors.forEach((each, index) => control.writeInt32LE(each, offsetOf(index)));
  const sent = libc.sendmsg()(fd, message, MSG_NOSIGNAL | MSG_DONTWAIT);
  return sent < 0 ? lastFailure(call, subject) : ok(undefined);
}

/** Receives the descriptors of one {@link sendDescriptors}. EAGAIN: nothing was sent; EIO: it is something else. */
export function receiveDescriptors(
  fd: number,
  kind: DescriptorKind,
  call: string,
  subject: string,
): OsResult<readonly number[]> {
  const message = createMessage(DESCRIPTORS_AT_ONCE_MAX);
  const received = libc.recvmsg()(fd, message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (received < 0) return lastFailure(call, subject);
  const descriptors = descriptorsIn(message);
  const trouble = troubleOf(received, message, descriptors, kind);
  if (trouble === undefined) return ok(descriptors);
  for (const each of descriptors) socketDescriptors.close(each);
  const { name, detail } = trouble;
  return failure(name, call, subject, detail);
}

function isReadableInTracefs(fd: number): boolean {
  const flags = libc.fcntl()(fd, F_GETFL, 0);
  return flags >= 0 && (flags & O_WRONLY) === 0 && isInTracefs(fd);
}

/** Whether the descriptor is a TCP socket that does not listen. */
function isTcpConnection(fd: number): boolean {
  const [type, protocol, listens] = [SO_TYPE, SO_PROTOCOL, SO_ACCEPTCONN].map((option) =>
    socketOption(fd, option),
  );
  return type === SOCK_STREAM && protocol === IPPROTO_TCP && listens === 0;
}

function troubleOf(
  received: number,
  message: Buffer,
  descriptors: readonly number[],
  kind: DescriptorKind,
): { readonly name: string; readonly detail?: string } | undefined {
  if (received === 0) return { name: 'ECONNRESET', detail: 'the other end is closed' };
  if ((message.readInt32LE(FLAGS) & MSG_CTRUNC) !== 0) return { name: 'EMFILE' };
  const { length } = descriptors;
  const isNumber = length > 0 && length <= kind.most && length % kind.group === 0;
  if (!isNumber || message[BYTE_AT] !== length)
    return { name: 'EIO', detail: `${length} descriptors came` };
  return descriptors.every((each) => kind.fits(each))
    ? undefined
    : { name: 'EIO', detail: `a descriptor is no ${kind.name}` };
}

/** The descriptors in the first control part: the kernel makes one of all that a message has. */
function descriptorsIn(message: Buffer): readonly number[] {
  if (message.readBigUInt64LE(CONTROL_BYTES) < BigInt(CONTROL_HEADER_BYTES)) return [];
  const control = message.subarray(CONTROL_AT);
  const isRights =
    control.readInt32LE(CONTROL_LEVEL) === SOL_SOCKET &&
    control.readInt32LE(CONTROL_TYPE) === SCM_RIGHTS;
  if (!isRights) return [];
  const byteLength = Number(control.readBigUInt64LE()) - CONTROL_HEADER_BYTES;
  return Array.from({ length: Math.floor(byteLength / DESCRIPTOR_BYTES) }, (_, index) =>
    control.readInt32LE(offsetOf(index)),
  );
}

/** In the control part. */
function offsetOf(index: number): number {
  return CONTROL_HEADER_BYTES + index * DESCRIPTOR_BYTES;
}

/** A `struct msghdr`, and behind it what it points to; the kernel aligns the control part to 8 bytes. */
function createMessage(descriptors: number): Buffer {
  const controlBytes = Math.ceil(offsetOf(descriptors) / 8) * 8;
  const message = Buffer.alloc(CONTROL_AT + controlBytes);
  const at = libc.addressOf(message);
  message.writeBigUInt64LE(at + BigInt(PART_AT), PARTS);
  message.writeBigUInt64LE(1n, PART_COUNT);
  message.writeBigUInt64LE(at + BigInt(CONTROL_AT), CONTROL);
  message.writeBigUInt64LE(BigInt(controlBytes), CONTROL_BYTES);
  message.writeBigUInt64LE(at + BigInt(BYTE_AT), PART_AT);
  message.writeBigUInt64LE(1n, PART_LENGTH_AT);
  return message;
}
