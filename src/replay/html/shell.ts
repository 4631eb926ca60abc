/**
 * The shell of a page: everything around the data. It may run one script and use one style sheet, both named by their
 * hashes, and may load nothing from anywhere. What is said of the trace in it goes through htmlText. Pure.
 */
import type { Sha256 } from '../../core/line.ts';
import type { DocumentHead } from '../../timeline/document.ts';
import { counted, period } from '../../timeline/words.ts';
import type { Counts } from '../tally.ts';
import { htmlText } from './html-text.ts';

/** What the page runs and wears, as it was built; ASCII. */
export interface PageParts {
  readonly script: string;
  readonly style: string;
}

export interface ShellWords {
  /** The trace as people call it. */
  readonly name: string;
  readonly document: DocumentHead;
  readonly counts: Counts;
  /** How to see the same without a browser. */
  readonly command: string;
  readonly program: string;
}

/** What stands before the data. @param sha256 of a text, as hex */
export function shellBegin(words: ShellWords, { script, style }: PageParts, sha256: Sha256): string {
  const { document, name } = words;
  const title = document.pr.title === null ? name : `${document.pr.title} \u00b7 ${name}`;
  const policy = [
    "default-src 'none'",
    `script-src '${sourceHash(script, sha256)}'`,
    `style-src '${sourceHash(style, sha256)}'`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    '<meta name="referrer" content="no-referrer">',
    '<meta name="robots" content="noindex">',
    `<meta name="generator" content="${htmlText(words.program)}">`,
    `<title>${htmlText(title)}</title>`,
    `<style>${style}</style>`,
    '</head>',
    '<body>',
    '<div id="page">',
    '<main id="still">',
    ...still(words, title).map((line) => `<p>${line}</p>`),
    '</main>',
    '</div>',
    '',
  ].join('\n');
}

/** What a reader sees until the script has drawn the page, or instead of it. */
function still({ document, counts, command }: ShellWords, title: string): string[] {
  const { first, last } = counts;
  const when = first === undefined ? [] : [htmlText(`${period(first, last)} UTC`)];
  return [
    `<strong>${htmlText(title)}</strong>`,
    htmlText(`${counted(counts.events, 'event')} in ${counted(document.sessions.length, 'session')}`),
    ...when,
    `<noscript>This page needs JavaScript to show them; it loads nothing from anywhere. In a terminal, <code>${htmlText(command)}</code> tells the same.</noscript>`,
  ];
}

/** What stands behind the data. */
export function shellEnd({ script }: PageParts): string {
  return `<script>${script}</script>\n</body>\n</html>\n`;
}

/** A script element that holds data and is never run. */
export function islandBegin(id: string, type: string): string {
  return `<script type="${type}" id="${id}">`;
}
export const ISLAND_END = '</script>\n';

/** A hash as a content security policy names it. */
function sourceHash(text: string, sha256: Sha256): string {
  return `sha256-${Buffer.from(sha256(text), 'hex').toString('base64')}`;
}
