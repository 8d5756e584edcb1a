/** The panel of the selected entry: the entry itself, the states of actors, the buffers of streams. */
import type { PageRing } from './data.ts';
import { hueOf, shortName } from './geometry.ts';
import type { Model } from './model.ts';

/** A new element with a class and children; texts are never read as HTML. */
export function element(
  name: string,
  className: string,
  ...children: (Node | string)[]
): HTMLElement {
  const made = document.createElement(name);
  if (className !== '') made.className = className;
  made.append(...children);
  return made;
}

export function createPanel(model: Model, panel: HTMLElement): void {
  const { data } = model;
  const draw = (): void => {
    const entry = data.entries[model.selected];
    if (entry === undefined) return;
    const lane = data.lanes[entry.lane];
    const linked = entry.to ?? entry.from;
    const link = element(
      'button',
      'link',
      entry.to === undefined ? 'to its cause' : 'to its effect',
    );
    link.addEventListener('click', () => model.select(linked ?? 0));
    const isLinked = linked !== undefined;
    panel.replaceChildren(
      element(
        'h2',
        '',
        `${model.selected + 1} of ${data.entries.length}: ${lane?.who ?? ''} ` +
          `at ${model.timeText(entry.time)}, step ${entry.step}`,
      ),
      element('pre', '', indented(entry.text)),
      ...(isLinked ? [link] : []),
      element('h2', '', 'Shared memory'),
      ...ringsOf(model.ringsAt(model.selected)),
      element('h2', '', 'Actors'),
      actorTable(model),
    );
  };
  model.onChange(draw);
  draw();
}

/** Puts JSON inside a text on separate, indented lines. */
export function indented(text: string): string {
  const start = text.indexOf('{');
  if (start < 0) return text;
  try {
    return `${text.slice(0, start)}\n${JSON.stringify(JSON.parse(text.slice(start)), null, 2)}`;
  } catch {
    return text;
  }
}

export function actorTable(model: Model): HTMLElement {
  const table = element('table', 'actors');
  for (const [index, lane] of model.data.lanes.entries()) {
    for (const { actor = '', state = '' } of model.statesAt(index, model.selected).values()) {
      const shown = element('span', 'badge', state);
      shown.style.setProperty('--hue', `${hueOf(state)}`);
      const name = element('td', 'dim', shortName(actor));
      const row = element('tr', '', element('td', '', lane.who), name, element('td', '', shown));
      table.append(row);
    }
  }
  return table.childElementCount === 0 ? element('p', 'dim', 'None yet.') : table;
}

export function ringsOf(rings: readonly PageRing[]): HTMLElement[] {
  if (rings.length === 0) return [element('p', 'dim', 'No streams at this moment.')];
  return rings.map((ring) => {
    const { subbufferCount, subbufferBytes, opened, consumed, consumedBytes } = ring;
    const slots = ring.slots.map(({ sequence, committed }) => {
      const isPassed = sequence !== 0 && sequence <= consumed;
      const isOpen = sequence !== 0 && sequence === opened;
      const bar = element('i', '');
      bar.style.width = `${(100 * committed) / subbufferBytes}%`;
      const read = element('b', '');
      const passed = isPassed ? committed : sequence === consumed + 1 ? consumedBytes : 0;
      read.style.width = `${(100 * passed) / subbufferBytes}%`;
      const label = element('span', '', sequence === 0 ? 'unused' : `${sequence}: ${committed}`);
      return element(
        'div',
        `slot${isPassed ? ' passed' : ''}${isOpen ? ' open' : ''}`,
        bar,
        read,
        label,
      );
    });
    const left = subbufferCount - ring.slots.length;
    return element(
      'section',
      'ring',
      element(
        'p',
        '',
        `${ring.host === undefined ? '' : `${ring.host}: `}` +
          `Stream ${ring.streamId}, segment ${ring.dataSegment}: ${subbufferCount} × ${subbufferBytes} bytes, ` +
          `${ring.overwrite ? 'overwrite' : 'discard'}. Opened ${opened}, consumed ${consumed} and ` +
          `${consumedBytes} bytes, ${ring.discarded} events discarded.`,
      ),
      element('div', 'slots', ...slots),
      ...(left > 0 ? [element('p', 'dim', `and ${left} more sub-buffers`)] : []),
    );
  });
}
