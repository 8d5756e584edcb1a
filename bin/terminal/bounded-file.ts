/** Reads files that users name, also pipes and devices, up to a bound. */
import { closeSync, openSync, readSync } from 'node:fs';

/** Undefined: there are more bytes. Throws the errors of the file system. */
export function readBounded(path: string, bytesMax: number): Buffer | undefined {
  const descriptor = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(bytesMax + 1);
    let length = 0;
    while (length <= bytesMax) {
      const read = readSync(descriptor, bytes, length, bytes.length - length, null);
      if (read === 0) return bytes.subarray(0, length);
      length += read;
    }
    return undefined;
  } finally {
    closeSync(descriptor);
  }
}
