/** The lanes of a run on a canvas. Draws only the visible part, so that thousands of entries stay fast. */
import { drawLanes } from './draw.ts';
import { createGeometry, type Geometry } from './geometry.ts';
import type { Model } from './model.ts';

/** Makes the lanes inside `scroller`, which scrolls over an area as large as the whole run. */
export function createLanes(model: Model, scroller: HTMLElement, canvas: HTMLCanvasElement): void {
  const geometry = createGeometry(model.data.lanes);
  const { labelWidth } = geometry;
  const area = document.createElement('div');
  scroller.append(area);
  let isDue = false;
  let [shown, scale, axis] = [-1, model.scale, model.axis];

  const draw = (): void => {
    isDue = false;
    const [width, height] = [scroller.clientWidth, scroller.clientHeight];
    const ratio = window.devicePixelRatio || 1;
    area.style.width = `${labelWidth + model.width() + width / 2}px`;
    area.style.height = `${Math.max(0, geometry.height - height)}px`;
    if (shown !== model.selected || scale !== model.scale || axis !== model.axis) {
      [shown, scale, axis] = [model.selected, model.scale, model.axis];
      revealEntry(model, geometry, scroller);
    }
    canvas.width = width * ratio;
    canvas.height = height * ratio;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
    const context = canvas.getContext('2d');
    if (context === null) return;
    context.scale(ratio, ratio);
    drawLanes({
      model,
      geometry,
      context,
      width,
      height,
      left: scroller.scrollLeft,
      top: scroller.scrollTop,
      color: (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`),
    });
  };
  const schedule = (): void => {
    if (isDue) return;
    isDue = true;
    requestAnimationFrame(draw);
  };

  canvas.addEventListener('click', (event) => {
    const place = event.offsetX - labelWidth + scroller.scrollLeft;
    const down = event.offsetY + scroller.scrollTop;
    const lane = geometry.rows.findIndex(({ top, height }) => down >= top && down < top + height);
    model.select(nearestEntry(model, lane, place));
  });
  scroller.addEventListener(
    'wheel',
    (event) => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      zoom(event.deltaY < 0 ? 1.25 : 0.8, event.offsetX - labelWidth);
    },
    { passive: false },
  );
  const zoom = (factor: number, at: number): void => {
    const entry = model.entryAt(scroller.scrollLeft + at);
    model.scale *= factor;
    [shown, scale] = [model.selected, model.scale];
    model.changed();
    area.style.width = `${labelWidth + model.width() + scroller.clientWidth / 2}px`;
    scroller.scrollLeft = model.locationOf(entry) - at;
  };
  scroller.addEventListener('scroll', schedule);
  window.addEventListener('resize', schedule);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', schedule);
  model.onChange(schedule);
  draw();
}

/** Scrolls to make the selected entry visible. */
export function revealEntry(model: Model, geometry: Geometry, scroller: HTMLElement): void {
  const place = model.locationOf(model.selected);
  const room = scroller.clientWidth - geometry.labelWidth;
  const margin = Math.min(80, room / 4);
  if (model.width() <= room) scroller.scrollLeft = 0;
  else if (place < scroller.scrollLeft + margin || place > scroller.scrollLeft + room - margin) {
    scroller.scrollLeft = Math.max(0, place - room / 2);
  }
  const row = geometry.rows[model.data.entries[model.selected]?.lane ?? 0];
  if (row === undefined) return;
  const bottom = row.top + row.height;
  if (row.top - geometry.axisHeight < scroller.scrollTop) {
    scroller.scrollTop = row.top - geometry.axisHeight;
  } else if (bottom > scroller.scrollTop + scroller.clientHeight) {
    scroller.scrollTop = Math.min(row.top - geometry.axisHeight, bottom - scroller.clientHeight);
  }
}

/** The entry of a lane nearest to a position; an entry of another lane if none is near. */
export function nearestEntry(model: Model, lane: number, place: number): number {
  const middle = model.entryAt(place + model.scale / 2);
  for (let distance = 0; distance < 200; distance++) {
    const found = [middle - distance, middle + distance].find(
      (index) => model.data.entries[index]?.lane === lane,
    );
    if (found !== undefined) return found;
  }
  return middle;
}
