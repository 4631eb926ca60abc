/** The progress model as a tree: what waits, runs, is complete, failed, was cancelled or interrupted. */
import type { ProgressNode, Queue } from '../../../timeline/progress.ts';
import { counted, duration } from '../../../timeline/words.ts';
import { type Child, el, fill, shown } from './dom.ts';
import type { Replay } from './replay.ts';
import { actorColor } from './row.ts';

/** Nodes that are drawn of one parent at once. */
const MOST = 200;
/** So many nodes stand open from the beginning. */
const FEW = 80;

const SIGNS: Readonly<Record<string, readonly [sign: string, style: string]>> = {
  waiting: ['\u25cb', 'dim'],
  running: ['\u25d0', 'blue'],
  complete: ['\u2713', 'green'],
  failed: ['\u2717', 'red'],
  cancelled: ['\u2298', 'dim'],
  interrupted: ['!', 'yellow'],
};

/** Fills the panel; the tree's parts are made when they are opened. */
export function fillProgress(panel: HTMLElement, replay: Replay): void {
  const { progress, trace } = replay;
  if (!replay.isWhole) {
    fill(panel, el('p', { class: 'nothing' }, 'The trace is still being read \u2026'));
    return;
  }
  if (progress.roots.length === 0) {
    fill(panel, el('p', { class: 'nothing' }, 'Nothing was begun yet.'));
    return;
  }
  const states = new Map<string, number>();
  for (const node of progress.nodes.values()) {
    const state = progress.stateAt(node, trace.head.made);
    states.set(state, (states.get(state) ?? 0) + 1);
  }
  fill(
    panel,
    el('h3', {}, 'What began, and how it ended'),
    el(
      'p',
      { class: 'states' },
      ...[...states].map(([state, count]) => el('span', { class: `chip ${SIGNS[state]?.[1] ?? ''}` }, `${count} ${state}`)),
    ),
    ...queues([...progress.queues.values()]),
    el('ul', { class: 'tree' }, ...listed(replay, progress.roots, progress.nodes.size <= FEW)),
  );
}

function queues(all: readonly Queue[]): Child[] {
  if (all.length === 0) return [];
  return [
    el('h4', {}, 'Queues, as they were told of last'),
    el(
      'ul',
      { class: 'queues' },
      ...all
        .slice(0, MOST)
        .map(({ name, figures, seq }) =>
          el(
            'li',
            {},
            el('a', { to: `e${seq}` }, shown(name) || 'queue'),
            ...figures.map(([figure, value]) => el('span', { class: 'chip' }, `${shown(figure.replaceAll('_', ' '))} ${value}`)),
          ),
        ),
    ),
  ];
}

function listed(replay: Replay, nodes: readonly ProgressNode[], isOpen: boolean): Child[] {
  const rest = nodes.length - MOST;
  return [
    ...nodes.slice(0, MOST).map((node) => nodeItem(replay, node, isOpen)),
    rest > 0 && el('li', { class: 'dim' }, `\u2026 and ${rest} more`),
  ];
}

function nodeItem(replay: Replay, node: ProgressNode, isOpen: boolean): HTMLElement {
  const { progress, trace } = replay;
  const state = progress.stateAt(node, trace.head.made);
  const words = nodeWords(replay, node, state);
  const link = el('a', { class: 'seq', to: `e${node.opened}` }, `#${node.opened}`);
  if (node.children.length === 0) return el('li', {}, el('span', {}, ...words), link);
  const list = el('ul', { class: 'tree' });
  const details = el('details', {}, el('summary', {}, ...words), list);
  let isMade = false;
  details.addEventListener('toggle', () => {
    if (isMade || !details.open) return;
    isMade = true;
    const children = node.children.flatMap((key) => progress.nodes.get(key) ?? []);
    fill(list, ...listed(replay, children, isOpen));
  });
  details.open = isOpen;
  return el('li', {}, details, link);
}

function nodeWords(replay: Replay, node: ProgressNode, state: string): Child[] {
  const { kind, label, ms, message, provider, model, parts, level, children, attempts } = node;
  const [sign, style] = SIGNS[state] ?? ['\u00b7', 'dim'];
  const isSession = kind === 'session';
  const name = isSession ? replay.cast.of(node.session).name : label;
  const said = [provider, model].filter((word) => word !== undefined).join(' ');
  const done = children.length === 0 ? '' : `${parts.complete} of ${counted(parts.all, 'part')}`;
  return [
    el('span', { class: `symbol ${style}`, aria: { hidden: true } }, sign),
    !isSession && el('span', { class: 'kind' }, `${shown(kind.replaceAll('_', ' '))} `),
    el('span', { class: isSession ? `name ${actorColor(replay, node.session)}` : 'name' }, shown(name.slice(0, 300)) || 'unnamed'),
    el('span', { class: 'unseen' }, `, ${state}`),
    state !== 'complete' && state !== 'failed' && el('span', { class: style }, ` ${state}`),
    level !== undefined && kind !== 'level' && el('span', { class: 'dim' }, ` level ${shown(level)}`),
    said !== '' && el('span', { class: 'dim' }, ` ${shown(said)}`),
    done !== '' && el('span', { class: 'dim' }, ` ${done}`),
    parts.failed > 0 && el('span', { class: 'red' }, `, ${parts.failed} failed`),
    ms !== undefined && el('span', { class: 'dim' }, ` ${duration(ms)}`),
    attempts > 1 && el('span', { class: 'yellow' }, ` ${attempts} times`),
    message !== undefined && el('span', { class: state === 'failed' ? 'message red' : 'message dim' }, ` ${shown(message.slice(0, 500))}`),
  ];
}
