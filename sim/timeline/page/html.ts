/**
 * The page of a run: one file that needs nothing else, made to be opened from a disk. Its script is the functions of
 * `browser/`, as the compiler leaves them: plain ones that know only each other and the page.
 */
import type { PageData } from './browser/data.ts';
import {
  drawArrows,
  drawAxis,
  drawBands,
  drawBar,
  drawBars,
  drawEntries,
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

/** Nothing is loaded from anywhere, whatever the texts of a run say. */
const POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'";

/** The legend of colours, by kind of entry. */
const KEYS = [
  ['←</kbd> <kbd>→', 'one thing back and forth'],
  ['↑</kbd> <kbd>↓', 'within the same process'],
  ['Home</kbd> <kbd>End', 'the beginning, the end'],
  ['/', 'search'],
  ['n</kbd> <kbd>N', 'the next one, the one before'],
  ['+</kbd> <kbd>-</kbd> <kbd>0', 'zoom, all of it'],
  ['t', 'in order, or true to time'],
]
  .map(([key, what]) => `<kbd>${key}</kbd> ${what}`)
  .join(' · ');

export function pageOf(data: PageData): string {
  const script = FUNCTIONS.map((part) => part.toString()).join('\n');
  // `<` is all that could end the element early.
  const json = JSON.stringify(data).replaceAll('<', '\\u003c');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<title>${escaped(data.title)}</title>
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
<div id="below"><div id="list" aria-label="Everything told"></div><div id="panel"></div></div>
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
