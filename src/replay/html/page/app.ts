/** Puts the parts of the page together, and lets each hear of what another has done. */
import { timeOfDay } from '../../../timeline/words.ts';
import { fillDetail } from './detail.ts';
import { button, el, fill, unseen } from './dom.ts';
import { Filters } from './filters.ts';
import { topOf } from './header.ts';
import { Ink } from './ink.ts';
import { type Key, Keyboard } from './keys.ts';
import { Lanes } from './lanes.ts';
import { EventList } from './list.ts';
import { Minimap } from './minimap.ts';
import { fillOverview } from './overview.ts';
import { Panel } from './panel.ts';
import { Player } from './player.ts';
import { fillProgress } from './progress.ts';
import { Replay } from './replay.ts';
import type { PageTrace } from './trace.ts';

/** Draws the whole page. */
export function unpackedPage(page: HTMLElement, trace: PageTrace): void {
  const replay = new Replay(trace);
  const live = el('div', { class: 'unseen', role: 'status', aria: { live: 'polite' } });
  let isReady = false;
  const say = (text: string): void => {
    if (isReady) live.textContent = text;
  };
  const ink = new Ink();
  const list = new EventList(replay);
  const lanes = new Lanes(replay, ink);
  const minimap = new Minimap(replay, list, ink);
  const filters = new Filters(replay, say);
  const panel = new Panel(
    [
      { name: 'overview', label: 'Overview', fill: (at) => fillOverview(at, replay) },
      { name: 'event', label: 'Event', fill: (at) => fillDetail(at, replay, say) },
      { name: 'progress', label: 'Progress', fill: (at) => fillProgress(at, replay) },
    ],
    { close: () => document.body.classList.remove('with-panel'), step: (by) => replay.select(replay.step(by)) },
  );
  const controls = new Controls(replay);
  const keyboard = new Keyboard(keysOf(replay, { list, filters, panel, player: controls.player, help: () => keyboard.toggleHelp() }));
  controls.element.append(
    button('Overview', () => openPanel(panel, 'overview'), { class: 'quiet for-narrow' }),
    button('Keys', () => keyboard.toggleHelp(), { class: 'quiet for-wide', title: 'keys (?)', aria: { keyshortcuts: '?' } }),
  );

  replay.onChange((change) => {
    if (change === 'hits') panel.renew('event');
    if (change !== 'current' || replay.current === undefined) return;
    list.show(replay.current);
    panel.renew('event');
    if (!controls.player.isPlaying) {
      panel.open('event');
      document.body.classList.add('with-panel');
      remember(replay);
    }
  });
  fill(
    page,
    el('a', { class: 'skip', to: 'events' }, 'Skip to the events'),
    topOf(replay),
    el(
      'main',
      {},
      el(
        'section',
        { class: 'stage', aria: { label: 'Timeline' } },
        el('h2', { class: 'unseen' }, 'Timeline'),
        lanes.element,
        controls.element,
      ),
      filters.element,
      el(
        'div',
        { class: 'split' },
        el(
          'section',
          { class: 'story', aria: { label: 'Events' } },
          el('h2', { class: 'unseen' }, 'Events'),
          list.element,
          minimap.element,
        ),
        panel.element,
      ),
    ),
    live,
    keyboard.dialog,
  );
  // timeline and minimap are drawn when they have got their size
  list.draw();
  listenToAddress(replay, list);
  listenToPrinter(list);
  isReady = true;
  gather(replay, filters, panel);
}

function openPanel(panel: Panel, name: string): void {
  document.body.classList.add('with-panel');
  panel.open(name);
}

/** Play, speed, and where we are. */
class Controls {
  readonly element: HTMLElement;
  readonly player: Player;
  readonly #replay: Replay;
  readonly #play = button('Play', () => this.player.toggle(), { class: 'play', title: 'play or pause (space)' });
  readonly #speed = el('span', { class: 'speed for-wide' });
  readonly #where = el('span', { class: 'where' });

  constructor(replay: Replay) {
    this.#replay = replay;
    this.player = new Player({
      events: () => ({ shown: replay.shown, times: replay.shown.map((event) => replay.trace.at[event] ?? 0) }),
      current: () => replay.current,
      select: (event) => replay.select(event),
      frame: (call) => {
        const id = requestAnimationFrame(call);
        return () => cancelAnimationFrame(id);
      },
      changed: () => this.#tell(),
    });
    const jump = (words: string, sign: string, direction: 1 | -1): HTMLElement =>
      button(words, () => stepTo(replay, direction, isFailure(replay)), { class: 'icon', title: words }, sign);
    this.element = el(
      'div',
      { class: 'controls', role: 'group', aria: { label: 'Replay' } },
      this.#play,
      button('Slower', () => this.player.faster(-1), { class: 'icon for-wide', title: 'slower (,)' }, '\u2212'),
      this.#speed,
      button('Faster', () => this.player.faster(1), { class: 'icon for-wide', title: 'faster (.)' }, '+'),
      jump('Previous failure', '\u25c2\u2717', -1),
      jump('Next failure', '\u2717\u25b8', 1),
      this.#where,
    );
    replay.onChange((change) => change === 'current' && this.#tell());
    this.#tell();
  }

  #tell(): void {
    const { isPlaying, speed } = this.player;
    const { current, trace } = this.#replay;
    fill(this.#play, isPlaying ? 'Pause' : 'Play');
    document.body.classList.toggle('playing', isPlaying);
    fill(this.#speed, unseen('speed '), `${speed}\u00d7`);
    this.#where.textContent =
      current === undefined ? '' : `${current + 1} / ${trace.count} \u00b7 ${timeOfDay(trace.itemOf(current).entry.event.ts)}`;
    // the address is not written sixty times a second
    if (!isPlaying && current !== undefined) remember(this.#replay);
  }
}

function isFailure({ trace }: Replay): (event: number) => boolean {
  return (event) => trace.weightOf(event) === 'failure';
}

function stepTo(replay: Replay, direction: 1 | -1, fits: (event: number) => boolean): void {
  const found = replay.next(direction, fits);
  if (found !== undefined) replay.select(found);
}

function keysOf(
  replay: Replay,
  { list, filters, panel, player, help }: { list: EventList; filters: Filters; panel: Panel; player: Player; help: () => void },
): Key[] {
  const { trace } = replay;
  const look = (event: number | undefined): void => {
    if (event === undefined) return;
    replay.select(event);
    list.show(event, true);
  };
  const step = (by: number) => () => look(replay.step(by));
  const to = (direction: 1 | -1, fits: (event: number) => boolean) => () => look(replay.next(direction, fits));
  const ofType =
    (...types: string[]) =>
    (event: number): boolean =>
      types.includes(trace.typeOf(event));
  const pair = (letter: string, does: string, fits: (event: number) => boolean): Key[] => [
    { keys: [letter], shown: letter, does: `next ${does}`, press: to(1, fits) },
    { keys: [letter.toUpperCase()], shown: `Shift ${letter}`, does: `previous ${does}`, press: to(-1, fits) },
  ];
  return [
    { keys: ['j', 'ArrowDown', 'ArrowRight'], shown: 'j or \u2193', does: 'next event', press: step(1) },
    { keys: ['k', 'ArrowUp', 'ArrowLeft'], shown: 'k or \u2191', does: 'previous event', press: step(-1) },
    { keys: ['PageDown'], shown: 'PageDown', does: 'ten on', press: step(10) },
    { keys: ['PageUp'], shown: 'PageUp', does: 'ten back', press: step(-10) },
    { keys: ['g', 'Home'], shown: 'g or Home', does: 'first event', press: step(Number.NEGATIVE_INFINITY) },
    { keys: ['G', 'End'], shown: 'G or End', does: 'last event', press: step(Number.POSITIVE_INFINITY) },
    { keys: [' '], shown: 'Space', does: 'play or pause', press: () => player.toggle() },
    { keys: [','], shown: ',', does: 'slower', press: () => player.faster(-1) },
    { keys: ['.'], shown: '.', does: 'faster', press: () => player.faster(1) },
    ...pair('f', 'failure', isFailure(replay)),
    ...pair('t', 'test run', ofType('test', 'ci_run')),
    ...pair('c', 'commit', ofType('commit', 'merge')),
    ...pair('m', 'note or prompt', ofType('annotation', 'prompt')),
    { keys: ['/'], shown: '/', does: 'search', press: () => filters.input.focus() },
    { keys: ['n'], shown: 'n', does: 'next hit', press: () => filters.nextHit(1) },
    { keys: ['N'], shown: 'Shift n', does: 'previous hit', press: () => filters.nextHit(-1) },
    { keys: ['o'], shown: 'o', does: 'overview', press: () => openPanel(panel, 'overview') },
    { keys: ['p'], shown: 'p', does: 'progress', press: () => openPanel(panel, 'progress') },
    { keys: ['x', 'Escape'], shown: 'x or Esc', does: 'take the filter away', press: () => replay.clearFilter() },
    { keys: ['?'], shown: '?', does: 'these keys', press: help },
  ];
}

/** Writes the event that is looked at into the address, so that it can be copied. */
function remember({ current, trace }: Replay): void {
  const hash = `#e${trace.seq[current ?? 0]}`;
  if (current === undefined || location.hash === hash) return;
  try {
    history.replaceState(null, '', hash);
  } catch {
    // some places do not let a page write its address: the link can still be copied
  }
}

/** Follows links to an event: `#e12` by its seq, or the beginning of its id. */
function listenToAddress(replay: Replay, list: EventList): void {
  const follow = (): void => {
    const { trace } = replay;
    const [, seq, id] = /^#(?:e(\d{1,10})|([0-9a-f]{7,64}))$/.exec(location.hash) ?? [];
    const event = seq !== undefined ? trace.findSeq(Number(seq)) : id !== undefined ? trace.findId(id) : undefined;
    if (event === undefined) return;
    replay.select(event);
    list.show(event, true);
  };
  addEventListener('hashchange', follow);
  follow();
}

function listenToPrinter(list: EventList): void {
  addEventListener('beforeprint', () => list.printAll());
  addEventListener('afterprint', () => list.printDone());
}

/** Walks along the trace for the search and the progress, a little at a time. */
function gather(replay: Replay, filters: Filters, panel: Panel): void {
  const some = (): void => {
    const until = performance.now() + 8;
    while (!replay.isWhole && performance.now() < until) replay.walk();
    if (replay.isWhole) {
      filters.again();
      panel.renew('progress');
      panel.renew('event');
      document.documentElement.dataset['searchable'] = 'true';
    } else setTimeout(some);
  };
  setTimeout(some);
}
