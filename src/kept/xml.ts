/** Small XML documents as trees. They have no document type, and so no entities of their own. */
import sax from 'sax';
import { fail, ok, type Result } from '../base/result.ts';

export interface Element {
  readonly name: string;
  readonly children: readonly Element[];
  /** Of an element without children. */
  readonly text: string;
}

interface OpenElement {
  readonly name: string;
  readonly children: Element[];
  text: string;
}

/** More than any file of LTTng has; trees are walked by recursion. */
export const XML_DEPTH_MAX = 32;

/** The caller bounds the length of the text. An error is a reason for messages, which put it after the file's name. */
export function parseXml(text: string): Result<Element, string> {
  const parser = sax.parser(true);
  const document: OpenElement = { name: '', children: [], text: '' };
  const open = [document];
  let fault: string | undefined;
  parser.onerror = () => {
    fault ??= `is not well-formed XML in line ${parser.line + 1}`;
    parser.resume();
  };
  parser.ondoctype = () => {
    fault ??= 'has a document type';
  };
  parser.onopentag = ({ name }) => {
    if (open.length > XML_DEPTH_MAX) fault ??= `has more than ${XML_DEPTH_MAX} levels`;
    open.push({ name, children: [], text: '' });
  };
  parser.ontext = (part) => {
    const last = open.at(-1);
    if (last !== undefined) last.text += part;
  };
  parser.onclosetag = () => {
    const element = open.length > 1 ? open.pop() : undefined;
    if (element !== undefined) open.at(-1)?.children.push(element);
  };
  parser.write(text).close();
  const [root] = document.children;
  if (fault !== undefined || root === undefined) return fail(fault ?? 'is not well-formed XML');
  return ok(root);
}
