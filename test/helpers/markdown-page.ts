/**
 * Markdown as a host renders it: to HTML with GitHub's extensions (micromark), and what is in that: links, tags, cells,
 * and text outside code, in which hosts look for mentions afterwards.
 */
import { micromark } from 'micromark';
import { gfm, gfmHtml } from 'micromark-extension-gfm';

/** HTML of a comment; raw tags pass, as they do where a host then takes some out. */
export function htmlOf(markdown: string): string {
  return micromark(markdown, { allowDangerousHtml: true, extensions: [gfm()], htmlExtensions: [gfmHtml()] });
}

/** Tags that a summary writes itself. */
const OURS = /^<\/?(?:details|summary|sub)>$/;
/** Tags that Markdown without links, pictures and foreign HTML is made of. */
const MARKDOWN = /^<\/?(?:h3|p|ul|li|strong|table|thead|tbody|tr|th|td|blockquote|pre|code|br)(?: class="language-mermaid")?(?: ?\/)?>$/;

/** Tags that neither Markdown's own structure nor we ourselves account for: links, pictures, raw HTML, footnotes, boxes. */
export function strangeTags(html: string): string[] {
  return [...html.matchAll(/<[!/a-z][^>]*>/gi)].map(([tag]) => tag).filter((tag) => !OURS.test(tag) && !MARKDOWN.test(tag));
}

/** The text outside code, as a host looks through it for mentions. */
export function textOutsideCode(html: string): string {
  return html
    .replace(/<pre>[\s\S]*?<\/pre>/g, ' ')
    .replace(/<code[^>]*>[\s\S]*?<\/code>/g, ' ')
    .replace(/<[^>]*>/g, ' ')
    .replace(/&(lt|gt|quot|amp);/g, (_, name: string) => ({ lt: '<', gt: '>', quot: '"', amp: '&' })[name] ?? ' ');
}

/** What GitHub or GitLab would make a link, a mention or a command of, were it in the text. */
const REFERENCES: readonly RegExp[] = [
  /@[\w-]/,
  /[#!&%~^$][\w-]|[%~]"/,
  /\bGH-\d/i,
  /\b[a-z]+-\d/i,
  /\b[0-9a-f]{7,64}\b/i,
  /\bwww\./i,
  /[a-z]:\/\//i,
  /\b(?:mailto|xmpp|javascript):\S*\w/i,
  /(?<!\d):[\w+-]+:/,
  /^\s*\/\w/m,
  /<!--|-->/,
  /\p{Bidi_Control}|[\u200b\u2060\ufeff]/u,
];

/** The references in a text. */
export function references(text: string): string[] {
  return REFERENCES.flatMap((pattern) => pattern.exec(text)?.[0] ?? []);
}

/** Tables whose rows have not all as many cells as their head. */
export function unevenRows(html: string): string[] {
  return [...html.matchAll(/<table>[\s\S]*?<\/table>/g)].flatMap(([table]) => {
    const rows = [...table.matchAll(/<tr>[\s\S]*?<\/tr>/g)].map(([row]) => row);
    const cells = (row: string): number => [...row.matchAll(/<t[dh]/g)].length;
    return rows.filter((row) => cells(row) !== cells(rows[0] ?? ''));
  });
}

/** Lines of the diagrams in a text that are of no form that a summary writes. */
export function strangeDiagramLines(markdown: string): string[] {
  const LINE =
    /^(?:%%\{init: \{"gantt": \{"leftPadding": 160\}\}\}%%|gantt| {2}todayMarker off| {2}dateFormat YYYY-MM-DDTHH:mm:ss| {2}axisFormat [%dbHMh: ]+| {2}section [\p{L}\p{N}\p{M} ._/+-…]+| {4}(?:\d+ [\w ]+|commit(?: [0-9a-f]{7})?|review) :(?:(?:crit|done|active), )?(?:milestone, )?\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d, (?:0m|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d))$/u;
  return [...markdown.matchAll(/^```mermaid\n([\s\S]*?)\n```$/gm)].flatMap(([, body = '']) =>
    body.split('\n').filter((line) => !LINE.test(line)),
  );
}
