/** The bar above the list: what is looked at, which types and sessions, and the search with its count. */
import { button, el, fill, shown } from './dom.ts';
import type { Replay } from './replay.ts';
import { VIEWS, type ViewName } from './rows.ts';

const VIEW_WORDS: Readonly<Record<ViewName, string>> = {
  story: 'Story',
  all: 'Every event',
  failures: 'Failures',
  tests: 'Tests',
  commits: 'Commits',
  notes: 'Notes',
};

export class Filters {
  readonly element: HTMLElement;
  readonly input = el('input', {
    type: 'search',
    id: 'search',
    placeholder: 'Search in everything',
    aria: { label: 'Search in everything', describedby: 'found', keyshortcuts: '/' },
  });
  readonly #found = el('span', { class: 'found', id: 'found' });
  readonly #only = el('input', { type: 'checkbox', id: 'only-hits' });
  readonly #views = el('div', { class: 'views', role: 'group', aria: { label: 'What is shown' } });
  readonly #types = el('select', { id: 'type', aria: { label: 'Type of event' } });
  readonly #sessions = el('select', { id: 'session', aria: { label: 'Session' } });
  readonly #count = el('span', { class: 'count' });
  readonly #replay: Replay;
  readonly #say: (text: string) => void;
  #wait: ReturnType<typeof setTimeout> | undefined;

  constructor(replay: Replay, say: (text: string) => void) {
    this.#replay = replay;
    this.#say = say;
    const next = button('Next hit', () => this.nextHit(1), { class: 'icon', title: 'next hit (n)' }, '\u2193');
    const previous = button('Previous hit', () => this.nextHit(-1), { class: 'icon', title: 'previous hit (Shift n)' }, '\u2191');
    const only = el('label', { for: 'only-hits', class: 'only' }, this.#only, 'only hits');
    const search = el('div', { class: 'search', role: 'search' }, this.input, this.#found, previous, next, only);
    const more = button('More filters', () => this.element.classList.toggle('more'), { class: 'quiet for-narrow' });
    this.element = el('div', { class: 'filters' }, search, this.#views, this.#types, this.#sessions, this.#count, more);
    this.#fillChoices();
    this.#listen();
    replay.onChange((change) => (change === 'hits' ? this.#tellHits() : this.#tellRows()));
    this.#tellRows();
    this.#tellHits();
  }

  #fillChoices(): void {
    const { trace, cast } = this.#replay;
    const [types, sessions] = [new Map<string, number>(), new Map<string, number>()];
    for (let i = 0; i < trace.count; i++) {
      types.set(trace.typeOf(i), (types.get(trace.typeOf(i)) ?? 0) + 1);
      sessions.set(trace.sessionOf(i), (sessions.get(trace.sessionOf(i)) ?? 0) + 1);
    }
    const option = (value: string, text: string): HTMLElement => el('option', { value }, text);
    const byName = [...types].sort(([a], [b]) => (a < b ? -1 : 1));
    fill(this.#types, option('', 'all types'), ...byName.map(([type, count]) => option(type, `${type.replaceAll('_', ' ')} (${count})`)));
    fill(
      this.#sessions,
      option('', 'all sessions'),
      ...[...sessions].map(([session, count]) =>
        option(session, `${shown(cast.of(session).name)} \u00b7 ${session.slice(0, 28)} (${count})`),
      ),
    );
    fill(
      this.#views,
      ...VIEWS.map((view) =>
        button(VIEW_WORDS[view], () => this.#replay.setFilter({ view }), { data: { view }, aria: { pressed: false } }),
      ),
    );
  }

  #listen(): void {
    this.input.addEventListener('input', () => {
      clearTimeout(this.#wait);
      this.#wait = setTimeout(() => this.search(), 120);
    });
    this.input.addEventListener('keydown', (event) => {
      if (event.key === 'Enter') {
        event.preventDefault();
        this.search();
        this.nextHit(event.shiftKey ? -1 : 1);
      } else if (event.key === 'Escape') {
        this.input.value = '';
        this.search();
        this.input.blur();
      }
    });
    this.#only.addEventListener('change', () => this.#replay.setOnlyHits(this.#only.checked));
    this.#types.addEventListener('change', () => this.#replay.setFilter({ type: this.#types.value }));
    this.#sessions.addEventListener('change', () =>
      this.#replay.setFilter({ sessions: this.#sessions.value === '' ? [] : [this.#sessions.value] }),
    );
  }

  /** Looks for what stands in the field, if that is new. */
  search(): void {
    clearTimeout(this.#wait);
    const { input } = this;
    if (input.value.trim() !== this.#replay.query) this.#replay.find(input.value);
  }

  /** Looks once more: more can be searched now. */
  again(): void {
    if (this.#replay.query !== '') this.#replay.find(this.#replay.query);
    this.#tellHits();
  }

  nextHit(direction: 1 | -1): void {
    const hit = this.#replay.nextHit(direction);
    if (hit === undefined) return;
    this.#replay.select(hit);
    this.#tellHits();
  }

  #tellHits(): void {
    const { hits, query, hitNumber, search, trace } = this.#replay;
    const more = search.isWhole ? '' : ` in ${search.ready} of ${trace.count}`;
    const words =
      query === ''
        ? ''
        : hits.length === 0
          ? `no hit${more}`
          : `${hitNumber > 0 ? `${hitNumber} of ` : ''}${hits.length} ${hits.length === 1 ? 'hit' : 'hits'}${more}`;
    if (this.#found.textContent !== words) {
      this.#found.textContent = words;
      if (words !== '') this.#say(words);
    }
  }

  #tellRows(): void {
    const { filter, onlyHits, shown: events, trace, isFiltered } = this.#replay;
    for (const view of this.#views.querySelectorAll('button'))
      view.setAttribute('aria-pressed', String(view.dataset['view'] === filter.view));
    this.#types.value = filter.type;
    // several are picked by their lane
    this.#sessions.value = filter.sessions.length === 1 ? (filter.sessions[0] ?? '') : '';
    this.#only.checked = onlyHits;
    const isPart = isFiltered || trace.count < trace.tail.counts.events;
    const quiet = trace.count - events.length;
    const words = isPart
      ? `showing ${events.length} of ${trace.tail.counts.events}`
      : `${trace.count} events${quiet > 0 ? `, ${quiet} in lanes only` : ''}`;
    this.#count.title = quiet > 0 && !isPart ? 'beginnings and ends of sessions; "Every event" lists them' : '';
    if (this.#count.textContent === words) return;
    this.#count.textContent = words;
    this.#say(words);
  }
}
