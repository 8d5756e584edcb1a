/** XML, as trees of arrays and as text. */
import { visibleXml } from '../../../src/base/visible.ts';

/** An element: its name, then its content. What is undefined is left out. */
export type Xml = readonly [
  name: string,
  ...content: (Xml | string | number | boolean | undefined)[],
];

/** Names are our own; all other text may be from outside. */
export function xmlText([name, ...content]: Xml): string {
  const inside = content.map((part) => {
    if (part === undefined) return '';
    return typeof part === 'object' ? xmlText(part) : visibleXml(String(part));
  });
  return `<${name}>${inside.join('')}</${name}>`;
}
