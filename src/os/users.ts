/** passwd and group look-ups through the C library, so that every configured name service answers. */
import type { Users } from '../port/identity.ts';
import { isId } from './inode.ts';
import { getgrnamR, getgrouplist, getpwnamR, getpwuidR, readCString } from './libc.ts';

/** Sizes of `struct group` and `struct passwd` on 64-bit Linux, and offsets of the fields in use. */
const GROUP_BYTES = 32;
const GROUP_GID_OFFSET = 16;
const PASSWD_BYTES = 48;
const PASSWD_NAME_OFFSET = 0;
const PASSWD_UID_OFFSET = 16;

/** First size of the buffer for an entry's strings: a group lists its members, so the strings can be long. */
const TEXT_BYTES_FIRST = 4096;
const TEXT_BYTES_MAX = 16 * 1024 * 1024;
/** NGROUPS_MAX of the kernel. */
const GROUPS_MAX = 65_536;
const GROUPS_FIRST = 64;
const ERANGE = 34;

export function createUsers(): Users {
  return { groupId, isMember, userId, userName };
}

function groupId(name: string): number | undefined {
  if (name === '' || name.includes('\0')) return undefined;
  const entry = lookUp(GROUP_BYTES, (record, text, found) =>
    getgrnamR()(name, record, text, text.length, found),
  );
  return entry?.readUInt32LE(GROUP_GID_OFFSET);
}

function userId(name: string): number | undefined {
  if (name === '' || name.includes('\0')) return undefined;
  const entry = lookUp(PASSWD_BYTES, (record, text, found) =>
    getpwnamR()(name, record, text, text.length, found),
  );
  return entry?.readUInt32LE(PASSWD_UID_OFFSET);
}

function userName(uid: number): string | undefined {
  if (!isId(uid)) return undefined;
  let name: string | undefined;
  lookUp(
    PASSWD_BYTES,
    (record, text, found) => getpwuidR()(uid, record, text, text.length, found),
    (record) => {
      name = readCString(record.readBigUInt64LE(PASSWD_NAME_OFFSET));
    },
  );
  return name;
}

function isMember(uid: number, gid: number, group: number): boolean {
  if (gid === group) return true;
  const name = userName(uid);
  if (name === undefined) return false;
  for (let room = GROUPS_FIRST; ; room = GROUPS_MAX) {
    const groups = new Uint32Array(room);
    const count = new Int32Array([room]);
    if (getgrouplist()(name, gid, groups, count) >= 0) {
      return groups.subarray(0, count[0]).includes(group);
    }
    if (room === GROUPS_MAX) return groups.includes(group);
  }
}

/** Calls one of the `_r` functions with a growing buffer for strings; undefined if there is no such entry. */
function lookUp(
  recordBytes: number,
  call: (record: Buffer, text: Buffer, found: Buffer) => number,
  read?: (record: Buffer) => void,
): Buffer | undefined {
  const record = Buffer.alloc(recordBytes);
  const found = Buffer.alloc(8);
  for (let room = TEXT_BYTES_FIRST; room <= TEXT_BYTES_MAX; room *= 4) {
    const text = Buffer.alloc(room);
    const answer = call(record, text, found);
    if (answer === ERANGE) continue;
    if (answer !== 0 || found.readBigUInt64LE(0) === 0n) return undefined;
    // The record points into `text`: read the strings while `text` is alive.
    read?.(record);
    return text.length > 0 ? record : undefined;
  }
  return undefined;
}
