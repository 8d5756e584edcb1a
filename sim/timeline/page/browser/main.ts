/** Builds the page: heading, findings, keys. The other parts listen to the model. */
import type { PageData } from './data.ts';
import { createLanes } from './lanes.ts';
import { createList } from './list.ts';
import { createModel, type Model } from './model.ts';
import { createPanel, element } from './panel.ts';

export function main(): void {
  const part = (id: string): HTMLElement => {
    const found = document.getElementById(id);
    if (found === null) throw new Error(`The page has no #${id}`);
    return found;
  };
  const data = JSON.parse(part('data').textContent ?? '') as PageData;
  const model = createModel(data);
  createHeading(data, part('heading'));
  createFindings(model, part('findings'));
  createLanes(model, part('lanes'), part('canvas') as HTMLCanvasElement);
  createList(model, part('list'));
  createPanel(model, part('panel'));
  createKeys(model, part('search') as HTMLInputElement, part('help'));
  const wanted = Number(location.hash.slice(1));
  model.select(Number.isInteger(wanted) ? wanted - 1 : 0);
  // A link to the page selects the same entry.
  model.onChange(() => history.replaceState(null, '', `#${model.selected + 1}`));
}

export function createHeading(
  { title, command, facts, leftOut }: PageData,
  heading: HTMLElement,
): void {
  const shown = facts.map(([name, value]) =>
    element('span', 'fact', `${name} `, element('b', '', value)),
  );
  const words = leftOut.map((text) => element('p', 'left-out', text));
  heading.append(element('h1', '', title), element('code', '', command), ...shown, ...words);
}

export function createFindings({ data }: Model, place: HTMLElement): void {
  const { findings } = data;
  if (findings.length === 0) {
    place.append(element('p', 'good', 'Every law holds.'));
    return;
  }
  const rows = findings.map(({ oracle, text }) =>
    element('tr', '', element('th', 'bad', oracle), element('td', '', text)),
  );
  place.append(element('table', '', ...rows));
}

export function createKeys(model: Model, search: HTMLInputElement, help: HTMLElement): void {
  const page = 20;
  const go = (direction: 1 | -1): void => {
    const found = model.find(model.selected, direction);
    search.classList.toggle('absent', found < 0 && model.search !== '');
    if (found >= 0) model.select(found);
  };
  const zoom = (factor: number): void => {
    model.scale *= factor;
    model.changed();
  };
  const fit = (): void => {
    const room = Math.max(100, window.innerWidth - 260);
    model.scale *= room / Math.max(1, model.width());
    model.changed();
  };
  const turn = (): void => {
    model.axis = model.axis === 'order' ? 'time' : 'order';
    const microseconds = (model.data.entries.at(-1)?.time ?? 0) / 1000;
    const length = model.data.entries.length * 14;
    model.scale = model.axis === 'order' ? 14 : length / Math.max(1, microseconds);
    model.changed();
  };
  const keys: Record<string, () => void> = {
    ArrowRight: () => model.select(model.selected + 1),
    ArrowLeft: () => model.select(model.selected - 1),
    ArrowDown: () => model.select(nextOfLane(model, 1)),
    ArrowUp: () => model.select(nextOfLane(model, -1)),
    PageDown: () => model.select(model.selected + page),
    PageUp: () => model.select(model.selected - page),
    Home: () => model.select(0),
    End: () => model.select(model.data.entries.length - 1),
    '/': () => search.focus(),
    n: () => go(1),
    N: () => go(-1),
    '+': () => zoom(1.25),
    '=': () => zoom(1.25),
    '-': () => zoom(0.8),
    '0': fit,
    t: turn,
    '?': () => help.toggleAttribute('hidden'),
  };
  document.addEventListener('keydown', (event) => {
    if (event.target === search || event.ctrlKey || event.metaKey || event.altKey) return;
    const act = keys[event.key];
    if (act === undefined) return;
    event.preventDefault();
    act();
  });
  search.addEventListener('input', () => {
    model.search = search.value;
    const isHere = model.find(model.selected - 1, 1) === model.selected;
    if (!isHere) go(1);
  });
  search.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') go(event.shiftKey ? -1 : 1);
    if (event.key === 'Escape' || event.key === 'Enter') search.blur();
  });
  for (const button of document.querySelectorAll<HTMLElement>('button[data-key]')) {
    button.addEventListener('click', () => keys[button.dataset['key'] ?? '']?.());
  }
}

/** The next entry of the selected one's process. */
export function nextOfLane(model: Model, direction: 1 | -1): number {
  const { entries } = model.data;
  const lane = entries[model.selected]?.lane;
  for (let at = model.selected + direction; at >= 0 && at < entries.length; at += direction) {
    if (entries[at]?.lane === lane) return at;
  }
  return model.selected;
}
