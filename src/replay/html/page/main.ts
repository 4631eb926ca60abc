/**
 * The script of a page (`git trace show --html`): reads the data that stands beside it, and draws. Bundled into one text
 * by scripts/build.mjs; runs in browsers, loads nothing, and writes texts as texts.
 */
import { unpackedPage } from './app.ts';
import { el, fill, shown } from './dom.ts';
import { readIsland } from './island.ts';

const page = document.getElementById('page') ?? document.body;

readIsland().then(
  (trace) => {
    // for whoever measures: the data is read, and the list stands
    performance.mark('trace-read');
    unpackedPage(page, trace);
    performance.mark('trace-ready');
    document.documentElement.dataset['ready'] = 'true';
  },
  (error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    fill(page, el('main', { id: 'still' }, el('p', { role: 'alert' }, `The trace cannot be shown: ${shown(why)}.`)));
  },
);
