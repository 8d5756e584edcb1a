/** Texts as filters compare them: as the trace has them, in the order of their characters. */

/** NUL and halves of surrogate pairs. */
const UNRECORDED = /[\0\p{Cs}]/u;
const HALVES = /\p{Cs}/gu;

/** What a trace has of a text: U+2400 for NUL, U+FFFD for half of a surrogate pair. */
export function recordedText(value: string): string {
  if (!UNRECORDED.test(value)) return value;
  return value.replaceAll('\0', '\u2400').replace(HALVES, '\ufffd');
}

/** Negative, 0 or positive, as strcmp(3) for UTF-8, whose order is that of code points. */
export function compareTexts(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index++) {
    const [one, other] = [left.charCodeAt(index), right.charCodeAt(index)];
    if (one !== other) return rank(one) - rank(other);
  }
  return left.length - right.length;
}

/** UTF-16 has surrogates below U+E000 to U+FFFF; the characters that they stand for are above. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit < 0xe000 ? unit + 0x1_0000 : unit;
}
