/** The list of all entries: rows exist only while they are visible. */
import type { Model } from './model.ts';

export function createList(model: Model, scroller: HTMLElement): void {
  const rowHeight = 22;
  const { entries, lanes } = model.data;
  const area = document.createElement('div');
  area.className = 'area';
  area.style.height = `${entries.length * rowHeight}px`;
  scroller.append(area);
  let shown = -1;
  let isDue = false;

  const rowOf = (index: number): HTMLElement => {
    const row = document.createElement('div');
    const entry = entries[index];
    row.className = index === model.selected ? 'row selected' : 'row';
    row.style.top = `${index * rowHeight}px`;
    if (entry === undefined) return row;
    const cell = (name: string, text: string): void => {
      const span = document.createElement('span');
      span.className = name;
      span.textContent = text;
      row.append(span);
    };
    cell('time', (entry.time / 1_000_000).toFixed(3));
    cell('who', lanes[entry.lane]?.who ?? '');
    cell(`what ${entry.text === 'ends: 0' ? 'ended' : entry.kind}`, entry.text);
    row.addEventListener('click', () => model.select(index));
    return row;
  };
  const draw = (): void => {
    isDue = false;
    const height = scroller.clientHeight;
    if (shown !== model.selected) {
      shown = model.selected;
      const top = shown * rowHeight;
      const isAbove = top < scroller.scrollTop;
      if (isAbove || top + rowHeight > scroller.scrollTop + height) {
        scroller.scrollTop = Math.max(0, top - height / 2);
      }
    }
    const first = Math.max(0, Math.floor(scroller.scrollTop / rowHeight) - 2);
    const last = Math.min(entries.length - 1, first + Math.ceil(height / rowHeight) + 4);
    const rows: HTMLElement[] = [];
    for (let index = first; index <= last; index++) rows.push(rowOf(index));
    area.replaceChildren(...rows);
  };
  const schedule = (): void => {
    if (isDue) return;
    isDue = true;
    requestAnimationFrame(draw);
  };
  scroller.addEventListener('scroll', schedule);
  window.addEventListener('resize', schedule);
  model.onChange(schedule);
  draw();
}
