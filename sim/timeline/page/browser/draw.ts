/** Draws the visible part of the lanes: rows and states of actors, bands, arrows, entries, the axis. */
import type { PageEntry } from './data.ts';
import { type Geometry, hueOf, shortName } from './geometry.ts';
import type { Model } from './model.ts';

export interface Drawing {
  readonly model: Model;
  readonly geometry: Geometry;
  readonly context: CanvasRenderingContext2D;
  readonly width: number;
  readonly height: number;
  /** Scroll position. */
  readonly left: number;
  readonly top: number;
  readonly color: (name: string) => string;
}

export function drawLanes(drawing: Drawing): void {
  const { model, geometry, context, width, height, left, top, color } = drawing;
  const { labelWidth, axisHeight } = geometry;
  context.font = '12px system-ui, sans-serif';
  context.textBaseline = 'middle';
  context.fillStyle = color('ground');
  context.fillRect(0, 0, width, height);
  const first = Math.max(0, model.entryAt(left) - 1);
  const last = model.entryAt(left + width - labelWidth) + 1;

  context.save();
  context.beginPath();
  context.rect(labelWidth, axisHeight, width - labelWidth, height - axisHeight);
  context.clip();
  context.translate(labelWidth - left, -top);
  drawHosts(drawing);
  drawRows(drawing);
  drawBands(drawing);
  drawBars(drawing, first, last);
  drawArrows(drawing, first, last);
  drawEntries(drawing, first, last);
  context.restore();

  context.fillStyle = color('ground');
  context.fillRect(0, 0, labelWidth, height);
  context.save();
  context.beginPath();
  context.rect(0, axisHeight, labelWidth, height - axisHeight);
  context.clip();
  context.font = 'bold 14px system-ui, sans-serif';
  context.fillStyle = color('accent');
  for (const { name, top: hostTop } of geometry.hosts) {
    context.fillText(name, 8, hostTop - top + geometry.hostHeight / 2, labelWidth - 16);
  }
  for (const [index, row] of geometry.rows.entries()) {
    const lane = model.data.lanes[index];
    if (lane === undefined) continue;
    context.font = 'bold 12px system-ui, sans-serif';
    context.fillStyle = color('text');
    const name = lane.host === undefined ? lane.who : lane.who.slice(lane.host.length + 1);
    context.fillText(`${name} (${lane.pid})`, 8, row.middle - top, labelWidth - 16);
    context.font = '11px system-ui, sans-serif';
    context.fillStyle = color('dim');
    for (const [at, holders] of lane.rows.entries()) {
      const { actor } = holders.findLast(({ from }) => from <= model.selected) ?? holders[0] ?? {};
      const middle = row.actorTop(at) - top + geometry.actorHeight / 2;
      context.fillText(shortName(actor ?? ''), 20, middle, labelWidth - 28);
    }
  }
  context.restore();
  drawAxis(drawing, first, last);
}

/** Draws a line above the lanes of each host. */
export function drawHosts({ geometry, context, color, left, width }: Drawing): void {
  context.fillStyle = color('accent');
  for (const { top } of geometry.hosts) context.fillRect(left, top, width, 2);
}

/** Draws the background of each lane, from the start to the end of its process. */
export function drawRows({ model, geometry, context, color, left, width }: Drawing): void {
  for (const [index, row] of geometry.rows.entries()) {
    const lane = model.data.lanes[index];
    if (lane === undefined) continue;
    const from = model.placeOfTime(lane.first);
    const to = lane.exit === undefined ? left + width : model.placeOfTime(lane.last) + 2;
    context.fillStyle = color('lane');
    context.fillRect(from, row.top, Math.max(2, to - from), row.height);
    context.fillStyle = color('line');
    context.fillRect(from, row.middle - 0.5, Math.max(2, to - from), 1);
  }
}

/** Draws faults for their duration, over the lanes that they hit. */
export function drawBands({ model, geometry, context, color, top }: Drawing): void {
  context.font = '10px system-ui, sans-serif';
  // Positions at which the next text of a row may begin.
  const free = new Map<number, number>();
  for (const band of model.data.bands) {
    const rows = geometry.rows.filter((_, index) => {
      if (band.lane !== undefined) return band.lane === index;
      const { host } = model.data.lanes[index] ?? {};
      return band.hosts === undefined || (host !== undefined && band.hosts.includes(host));
    });
    const from = model.placeOfTime(band.from);
    context.fillStyle = color('band');
    for (const row of rows) {
      context.fillRect(from, row.top, Math.max(3, model.placeOfTime(band.to) - from), row.height);
    }
    const seenFrom = top + geometry.axisHeight;
    const seen = rows.find((row) => row.middle > seenFrom);
    const y = seen === undefined ? (rows[0]?.top ?? 0) : Math.max(seen.top, seenFrom);
    if (from < (free.get(y) ?? 0)) continue;
    context.fillStyle = color('bad');
    context.fillText(band.text, from + 3, y + 5);
    free.set(y, from + context.measureText(band.text).width + 9);
  }
}

/** Draws the bars of actors: from one state to the next state of the same actor. */
export function drawBars(drawing: Drawing, first: number, last: number): void {
  const { model, geometry, left, width, top } = drawing;
  const { entries } = model.data;
  for (const [index, row] of geometry.rows.entries()) {
    if (row.top > top + 4000) continue;
    const open = new Map(
      [...model.statesAt(index, first)].map(([at, entry]) => [at, { entry, from: -1 }]),
    );
    const close = (actorRow: number, to: number): void => {
      const bar = open.get(actorRow);
      open.delete(actorRow);
      if (bar === undefined) return;
      const from = bar.from < 0 ? Math.max(left - 10, 0) : model.locationOf(bar.from);
      drawBar(drawing, bar.entry, from, to);
    };
    for (let at = first; at <= Math.min(last, entries.length - 1); at++) {
      const entry = entries[at];
      if (entry?.lane !== index) continue;
      if (entry.kind === 'end') for (const each of open.keys()) close(each, model.locationOf(at));
      if (entry.row === undefined) continue;
      close(entry.row, model.locationOf(at));
      if (!entry.isLast) open.set(entry.row, { entry, from: at });
    }
    for (const each of open.keys()) close(each, Math.min(left + width, model.width() + 20));
  }
}

/** Draws one state of an actor, between two positions. */
export function drawBar(
  { model, geometry, context, color, left }: Drawing,
  { lane, row = 0, actor = '', state = '' }: PageEntry,
  from: number,
  to: number,
): void {
  const isDark = matchMedia('(prefers-color-scheme: dark)').matches;
  const length = Math.max(1, to - from);
  const y = geometry.rows[lane]?.actorTop(row) ?? 0;
  const hue = hueOf(state);
  context.fillStyle = isDark ? `hsl(${hue} 40% 27%)` : `hsl(${hue} 60% 86%)`;
  context.fillRect(from, y + 1, length, geometry.actorHeight - 2);
  if (length < 24) return;
  context.save();
  context.beginPath();
  context.rect(from, y, length - 2, geometry.actorHeight);
  context.clip();
  context.font = '11px system-ui, sans-serif';
  context.fillStyle = color('text');
  // In a row that several actors use, the bar names its actor.
  const isShared = (model.data.lanes[lane]?.rows[row]?.length ?? 0) > 1;
  const text = isShared ? `${shortName(actor)}: ${state}` : state;
  context.fillText(text, Math.max(from, left) + 3, y + geometry.actorHeight / 2);
  context.restore();
}

export function drawArrows(
  { model, geometry, context, color }: Drawing,
  first: number,
  last: number,
): void {
  const { entries } = model.data;
  const reach = 400;
  for (let at = Math.max(0, first - reach); at <= Math.min(last, entries.length - 1); at++) {
    const entry = entries[at];
    if (entry?.to === undefined || entry.to < first) continue;
    const target = entries[entry.to];
    const from = geometry.rows[entry.lane];
    const to = geometry.rows[target?.lane ?? -1];
    if (from === undefined || to === undefined) continue;
    const isSelected = at === model.selected || entry.to === model.selected;
    const [x, y] = [model.locationOf(entry.to), to.middle];
    const [startX, startY] = [model.locationOf(at), from.middle];
    context.strokeStyle = isSelected ? color('accent') : color('arrow');
    context.fillStyle = context.strokeStyle;
    context.lineWidth = isSelected ? 2 : 1;
    context.beginPath();
    context.moveTo(startX, startY);
    context.lineTo(x, y);
    context.stroke();
    const angle = Math.atan2(y - startY, x - startX);
    context.save();
    context.translate(x, y);
    context.rotate(angle);
    context.beginPath();
    context.moveTo(-3, 0);
    context.lineTo(-10, -3.5);
    context.lineTo(-10, 3.5);
    context.fill();
    context.restore();
  }
}

export function drawEntries(
  { model, geometry, context, color, top, height }: Drawing,
  first: number,
  last: number,
): void {
  const { entries } = model.data;
  for (let at = first; at <= Math.min(last, entries.length - 1); at++) {
    const entry = entries[at];
    const row = geometry.rows[entry?.lane ?? -1];
    if (entry === undefined || row === undefined) continue;
    const x = model.locationOf(at);
    if (entry.kind === 'end') {
      context.strokeStyle = entry.text === 'ends: 0' ? color('dim') : color('bad');
      context.lineWidth = 2;
      context.beginPath();
      context.moveTo(x - 4, row.middle - 4);
      context.lineTo(x + 4, row.middle + 4);
      context.moveTo(x + 4, row.middle - 4);
      context.lineTo(x - 4, row.middle + 4);
      context.stroke();
      continue;
    }
    context.fillStyle = color(`kind-${entry.kind}`) || color('dim');
    context.beginPath();
    context.arc(x, row.middle, at === model.selected ? 5 : 3, 0, 7);
    context.fill();
  }
  const x = model.locationOf(model.selected);
  context.strokeStyle = color('accent');
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(x, top);
  context.lineTo(x, top + height);
  context.stroke();
}

export function drawAxis(
  { model, geometry, context, width, left, color }: Drawing,
  first: number,
  last: number,
): void {
  const { labelWidth, axisHeight } = geometry;
  const { entries } = model.data;
  context.fillStyle = color('ground');
  context.fillRect(0, 0, width, axisHeight);
  context.fillStyle = color('dim');
  context.font = '11px system-ui, sans-serif';
  context.fillText('virtual time', 8, axisHeight / 2);
  let free = labelWidth;
  for (let at = first; at <= Math.min(last, entries.length - 1); at++) {
    const x = labelWidth + model.locationOf(at) - left;
    if (x < free) continue;
    const text = model.timeText(entries[at]?.time ?? 0);
    context.fillText(text, x + 3, axisHeight / 2);
    context.fillRect(x, axisHeight - 6, 1, 6);
    free = x + Math.max(90, context.measureText(text).width + 20);
  }
  context.fillStyle = color('line');
  context.fillRect(0, axisHeight - 1, width, 1);
  context.fillRect(labelWidth - 1, 0, 1, context.canvas.height);
}
