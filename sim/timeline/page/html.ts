/**
 * The page of a run: one self-contained file that a browser opens from a disk. Its script consists of the compiled
 * functions of `browser/`, which use only each other and the page.
 */
import { visible } from '../../../src/base/visible.ts';
import type { PageData } from './browser/data.ts';
import {
  drawArrows,
  drawAxis,
  drawBands,
  drawBar,
  drawBars,
  drawEntries,
  drawHosts,
  drawLanes,
  drawRows,
} from './browser/draw.ts';
import { createGeometry, hueOf, shortName } from './browser/geometry.ts';
import { createLanes, nearestEntry, revealEntry } from './browser/lanes.ts';
import { createList } from './browser/list.ts';
import { createFindings, createHeading, createKeys, main, nextOfLane } from './browser/main.ts';
import { countBefore, createModel, findText, statesIn } from './browser/model.ts';
import { actorTable, createPanel, element, indented, ringsOf } from './browser/panel.ts';
import { STYLE } from './style.ts';

const FUNCTIONS = [
  createModel,
  countBefore,
  statesIn,
  findText,
  createGeometry,
  hueOf,
  shortName,
  drawLanes,
  drawHosts,
  drawRows,
  drawBands,
  drawBars,
  drawBar,
  drawArrows,
  drawEntries,
  drawAxis,
  createLanes,
  revealEntry,
  nearestEntry,
  createList,
  element,
  createPanel,
  indented,
  actorTable,
  ringsOf,
  createHeading,
  createFindings,
  createKeys,
  nextOfLane,
  main,
];

/** The page loads nothing, whatever the texts of a run contain. */
const POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'";

/** The legend of colours, by kind of entry. */
const KEYS = [
  ['←</kbd> <kbd>→', 'previous and next entry'],
  ['↑</kbd> <kbd>↓', 'previous and next entry of the same process'],
  ['Home</kbd> <kbd>End', 'first and last entry'],
  ['/', 'search'],
  ['n</kbd> <kbd>N', 'next and previous match'],
  ['+</kbd> <kbd>-</kbd> <kbd>0', 'zoom in, zoom out, show all'],
  ['t', 'switch between order and time'],
]
  .map(([key, what]) => `<kbd>${key}</kbd> ${what}`)
  .join(' · ');

export function pageOf(data: PageData): string {
  const script = FUNCTIONS.map((part) => part.toString()).join('\n');
  const json = JSON.stringify(
    data,
    (_key, member: unknown) => (typeof member === 'string' ? visible(member) : member),
    // Only `<` could end the element early.
  ).replaceAll('<', '\\u003c');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<title>${escaped(visible(data.title))}</title>
<style>${STYLE}</style>
</head>
<body>
<header id="heading"></header>
<div id="findings"></div>
<div id="tools">
<input id="search" type="search" placeholder="Search: / " aria-label="Search">
<button data-key="N">previous</button><button data-key="n">next</button>
<button data-key="-">zoom out</button><button data-key="+">zoom in</button>
<button data-key="0">all</button><button data-key="t">order or time</button>
<button data-key="?">keys</button>
<p id="help" hidden>${KEYS}</p>
</div>
<div id="lanes" tabindex="0" aria-label="Lanes of processes"><canvas id="canvas"></canvas></div>
<div id="below"><div id="list" aria-label="Entries"></div><div id="panel"></div></div>
<script type="application/json" id="data">${json}</script>
<script>"use strict";
${script}
main();
</script>
</body>
</html>
`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
