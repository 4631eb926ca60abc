/** The top of the page: which trace this is, how it stands, and the figures that sum it up. */
import { counted, duration, period } from '../../../timeline/words.ts';
import { type Child, el, shown } from './dom.ts';
import type { Replay } from './replay.ts';

export function topOf({ trace, cast }: Replay): HTMLElement {
  const { document, name, unread } = trace.head;
  const { counts, cycles } = trace.tail;
  const { pr, repo } = document;
  const place = [
    pr.pr_id === null || pr.pr_id === name ? repo.name : pr.pr_id,
    counts.branches ?? (name.startsWith('branch ') ? null : repo.branch),
  ];
  const bad = counts.bad + unread.length;
  return el(
    'header',
    { class: 'top' },
    el(
      'div',
      { class: 'title' },
      el('h1', {}, el('a', { isHome: true, title: 'back to the beginning' }, shown(pr.title ?? `Trace ${name}`))),
      pr.title !== null && el('span', { class: 'dim' }, shown(name)),
      pr.pr_id !== null && el('span', { class: `chip s-${pr.status}` }, pr.status),
      ...place.flatMap((word) => (word === null || word === undefined ? [] : [el('span', { class: 'place' }, shown(word))])),
    ),
    el(
      'ul',
      { class: 'figures', tabindex: 0, aria: { label: 'In figures' } },
      ...figures(
        trace.tail.counts.events === 0
          ? []
          : [
              [shown(cast.summary())],
              counts.first === undefined ? [] : [period(counts.first, counts.last), ' UTC'],
              [counted(counts.events, 'event'), ' in ', counted(document.sessions.length, 'session')],
              counts.commits === 0
                ? []
                : [
                    counted(counts.commits, 'commit'),
                    ' ',
                    el('span', { class: 'green' }, `+${counts.additions}`),
                    ' ',
                    el('span', { class: 'red' }, `\u2212${counts.deletions}`),
                  ],
              counts.tests === 0
                ? []
                : [
                    counted(counts.tests, 'test run'),
                    counts.failedTests > 0 && el('span', { class: 'red' }, `, ${counts.failedTests} failed`),
                  ],
              cycles.length === 0
                ? []
                : [`${counted(cycles.length, 'red phase')}, the longest ${duration(Math.max(...cycles.map(({ from, to }) => to - from)))}`],
              bad === 0 ? [] : [el('strong', { class: 'yellow' }, `${counted(bad, 'part')} cannot be read`)],
            ],
      ),
    ),
  );
}

function figures(lines: readonly (readonly Child[])[]): HTMLElement[] {
  return lines.filter((line) => line.length > 0).map((line) => el('li', {}, ...line));
}
