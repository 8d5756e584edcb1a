/**
 * XML of LTTng's machine interface: whether it follows its schema 4.1, and which elements it has.
 *
 * The schema in `fixtures` is the unchanged file of this name of lttng-tools 2.13.9, which distributions do not
 * install: (C) 2014 EfficiOS Inc. and 2016 Jérémie Galarneau, under the MIT licence.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { type Element, parseXml } from '../../../src/kept/xml.ts';

export const SCHEMA = join(import.meta.dirname, 'fixtures/mi-lttng-4.1.xsd');

/** xmllint, of libxml2, validates. */
export function hasXmllint(): boolean {
  return spawnSync('xmllint', ['--version']).error === undefined;
}

/** What the schema has against a document; none: it is valid. */
export function faultsOf(document: string): readonly string[] {
  const args = ['--nonet', '--noout', '--schema', SCHEMA, '-'];
  const { status, stderr } = spawnSync('xmllint', args, { input: document, encoding: 'utf8' });
  return status === 0 ? [] : stderr.split('\n').slice(0, 3);
}

/** The paths of all elements, each once: `command/output/session/name`. */
export function pathsIn(document: string): ReadonlySet<string> {
  const paths = new Set<string>();
  const collect = ({ name, children }: Element, above: string): void => {
    const path = above === '' ? name : `${above}/${name}`;
    paths.add(path);
    for (const child of children) collect(child, path);
  };
  collect(treeOf(document), '');
  return paths;
}

/** The texts of the elements with this path. */
export function textsAt(document: string, path: string): readonly string[] {
  const [root, ...names] = path.split('/');
  let found: readonly Element[] = [treeOf(document)].filter(({ name }) => name === root);
  for (const name of names) {
    found = found.flatMap(({ children }) => children.filter((child) => child.name === name));
  }
  return found.map(({ text }) => text);
}

function treeOf(document: string): Element {
  const parsed = parseXml(document);
  if (parsed.ok) return parsed.value;
  throw new Error(`${parsed.error}: ${document}`);
}
