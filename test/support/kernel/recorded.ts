/** Pages that Linux 6.18 wrote, the formats of their tracepoints, and the lines that `trace` showed of them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Recorded {
  readonly header: string;
  readonly formats: readonly string[];
  readonly pages: readonly { readonly page: Uint8Array; readonly lines: readonly string[] }[];
}

interface Stored extends Omit<Recorded, 'pages'> {
  readonly pages: readonly { readonly page: string; readonly lines: readonly string[] }[];
}

export function readRecorded(): Recorded {
  const file = join(import.meta.dirname, 'fixtures/recorded.json');
  const { header, formats, pages } = JSON.parse(readFileSync(file, 'utf8')) as Stored;
  const decoded = pages.map(({ page, lines }) => ({
    page: new Uint8Array(Buffer.from(page, 'base64')),
    lines,
  }));
  return { header, formats, pages: decoded };
}
