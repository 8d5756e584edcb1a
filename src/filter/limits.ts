/** Bounds on filters. Command line, registry and application check each of them. */

/** Longest text. */
export const FILTER_CHARACTERS_MAX = 4096;
/** Most literals, fields and operators of one filter. */
export const FILTER_NODES_MAX = 512;
/** Deepest nesting of parentheses and unary operators in the text, and of operators in the expression. */
export const FILTER_DEPTH_MAX = 32;
