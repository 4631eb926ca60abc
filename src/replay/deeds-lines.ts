/** Who did what, a line for each: as much of it as fits, what counts most first. Pure. */
import type { Actor } from '../timeline/cast.ts';
import type { Deeds } from '../timeline/deeds.ts';
import { counted } from '../timeline/words.ts';
import { clip, displayWidth } from './display-width.ts';
import { type Span, span, widthOfSpans } from './paint.ts';
import { terminalText } from './terminal-text.ts';
import { changed } from './told.ts';

/** Actors that have a line of their own, and columns that a name may take. */
const MOST = 8;
const NAME = 24;

const KINDS = ['person', 'agent', 'ci'];

/** The lines that say who did what; none where one did it all. */
export function* deedsLines(all: readonly { readonly actor: Actor; readonly deeds: Deeds }[], columns: number): Generator<Span[]> {
  const ordered = all.toSorted((a, b) => KINDS.indexOf(a.actor.kind) - KINDS.indexOf(b.actor.kind));
  const did = ordered
    .map(({ actor, deeds }) => ({ name: clip(terminalText(actor.name), NAME), words: wordsOf(deeds) }))
    .filter(({ words }) => words.length > 0);
  if (did.length < 2) return;
  const width = Math.max(...did.map(({ name }) => displayWidth(name)));
  for (const { name, words } of did.slice(0, MOST)) {
    const line = [span(name, 'bold'), span(' '.repeat(width - displayWidth(name) + 2))];
    for (const [i, part] of words.entries()) {
      const next = i === 0 ? part : [span(' · '), ...part];
      if (widthOfSpans([...line, ...next]) > columns) break;
      line.push(...next);
    }
    yield line;
  }
  if (did.length > MOST) yield [span(`and ${did.length - MOST} more`, 'dim')];
}

function wordsOf(deeds: Deeds): Span[][] {
  const words: Span[][] = [];
  const add = (count: number, one: string, ...more: Span[]): void => {
    if (count > 0) words.push([span(counted(count, one)), ...more]);
  };
  add(deeds.commits, 'commit');
  add(deeds.prompts, 'prompt');
  add(deeds.edits, 'edit', span(' '), ...changed(deeds.additions, deeds.deletions));
  add(deeds.tests, 'test run', ...(deeds.failedTests > 0 ? [span(`, ${deeds.failedTests} red`, 'red')] : []));
  add(deeds.commands, 'command', ...(deeds.failedCommands > 0 ? [span(`, ${deeds.failedCommands} failed`, 'red')] : []));
  add(deeds.toolCalls, 'tool call');
  add(deeds.notes, 'note');
  return words;
}
