/**
 * The fenced blocks of a Markdown page, for tests that hold a page to what it shows. The words behind the fence tell
 * what a block is: the language, then names (`refused`) and values (`id=…`).
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export interface FencedBlock {
  readonly language: string;
  /** The first word that is not a value; empty where there is none. */
  readonly name: string;
  readonly values: Readonly<Record<string, string>>;
  /** Without the newline at its end. */
  readonly text: string;
  /** Line in the page of the opening fence, from 1. */
  readonly at: number;
}

/** Reads a page of the project. @param path from the project's folder */
export function readPage(path: string): string {
  return readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8');
}

/** All fenced blocks of a page, in order. */
export function fencedBlocks(page: string): FencedBlock[] {
  const blocks: FencedBlock[] = [];
  const lines = page.split('\n');
  for (let i = 0; i < lines.length; i++) {
    const words = /^```(\S.*)?$/.exec(lines[i] ?? '');
    if (words === null) continue;
    const end = lines.indexOf('```', i + 1);
    if (end < 0) throw new Error(`the fence of line ${i + 1} is never closed`);
    const [language = '', ...rest] = (words[1] ?? '').split(/\s+/);
    blocks.push({
      language,
      name: rest.find((word) => !word.includes('=')) ?? '',
      values: Object.fromEntries(rest.filter((word) => word.includes('=')).map(pairOf)),
      text: lines.slice(i + 1, end).join('\n'),
      at: i + 1,
    });
    i = end;
  }
  return blocks;
}

/** `id=abc` as name and value. */
function pairOf(word: string): [string, string] {
  const equals = word.indexOf('=');
  return [word.slice(0, equals), word.slice(equals + 1)];
}

/** The blocks of that name; at least one, since a test of none proves nothing. */
export function blocksNamed(blocks: readonly FencedBlock[], name: string): [FencedBlock, ...FencedBlock[]] {
  const [first, ...others] = blocks.filter((block) => block.name === name);
  if (first === undefined) throw new Error(`the page has no block named '${name}'`);
  return [first, ...others];
}
