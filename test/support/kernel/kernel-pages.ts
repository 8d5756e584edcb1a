/** Pages of a kernel that a test makes: what a pump takes them from. */
import { fail, ok } from '../../../src/base/result.ts';
import type { KernelCounts, KernelPages } from '../../../src/port/kernel-tracer.ts';
import type { OsErrorCode } from '../../../src/port/os-error.ts';

/** As many as there may be in pages that wait. */
const ENTRIES = 100_000;

export class TestPages implements KernelPages {
  readonly queue: Uint8Array[];
  counted: KernelCounts = { entries: 0, overrun: 0, dropped: 0, read: 0 };
  fault: OsErrorCode | undefined;
  /** Another process has claimed them. */
  isTaken = false;
  isClosed = false;
  onReady: (() => void) | undefined;
  readonly #onRead: () => void;

  /** `onRead`: called after each page. */
  constructor(queue: readonly Uint8Array[], onRead: () => void = () => undefined) {
    this.queue = [...queue];
    this.#onRead = onRead;
  }

  claim(): ReturnType<KernelPages['claim']> {
    return this.isTaken
      ? fail({ code: 'EAGAIN', call: 'kernel.claim', subject: 'pages' })
      : ok(undefined);
  }

  read(into: Uint8Array): ReturnType<KernelPages['read']> {
    if (this.fault !== undefined) {
      return fail({ code: this.fault, call: 'kernel.read', subject: 'pages' });
    }
    const page = this.queue.shift();
    if (page === undefined) return ok(0);
    into.set(page);
    this.#onRead();
    return ok(page.length);
  }

  await(onReady: () => void): ReturnType<KernelPages['await']> {
    this.onReady = onReady;
    return {
      close: () => {
        this.onReady = undefined;
      },
    };
  }

  counts(): ReturnType<KernelPages['counts']> {
    return ok({ ...this.counted, entries: this.queue.length === 0 ? 0 : ENTRIES });
  }

  close(): void {
    this.isClosed = true;
    this.onReady = undefined;
  }
}

/** A `format` file with these lines of fields. */
export function formatText(name: string, id: number, fields: readonly string[]): string {
  const common = [
    'field:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;',
    'field:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;',
    'field:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;',
    'field:int common_pid;\toffset:4;\tsize:4;\tsigned:1;',
  ];
  const lines = [...common, '', ...fields].map((line) => (line === '' ? '' : `\t${line}`));
  return `name: ${name}\nID: ${id}\nformat:\n${lines.join('\n')}\n\nprint fmt: "", REC->x\n`;
}
