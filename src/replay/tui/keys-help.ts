/** Which key does what, as the help shows it and docs/tui.md lists it. */

export const KEYS: readonly (readonly [title: string, keys: readonly (readonly [keys: string, does: string])[]])[] = [
  [
    'Moving',
    [
      ['↑ ↓  j k', 'the event before, the next one'],
      ['← →', 'step back and on in time, in every view of the trace'],
      ['PgUp PgDn  ^u ^d', 'a page, half a page'],
      ['g G  Home End', 'the first event; the newest, which is followed from then on'],
      ['Enter', 'open the event: output, diff, failures, all that it says; unfold a quiet stretch'],
      ['Esc', 'back; stop telling; end the search; show everything again'],
    ],
  ],
  [
    'Replay',
    [
      ['Space', 'tell the story in time, from here on; stop'],
      ['+ -', 'faster, slower'],
      ['f F', 'the next failure, the one before'],
      ['c C', 'the next commit, the one before'],
      ['m M', 'the next note or prompt, the one before'],
    ],
  ],
  [
    'Finding',
    [
      ['/', 'look for a text; in the list of traces: in all events of all traces'],
      ['n N', 'the next event that says it, the one before'],
      ['&', 'list only events that say a text'],
      ['t', 'list only some types of events'],
      ['s', 'list only the session of this event; all sessions again'],
      ['z', 'show quiet events one by one; fold them'],
      ['x', 'list everything again'],
    ],
  ],
  [
    'Views',
    [
      ['1 2 3 4  Tab', 'story, sessions, progress, traces'],
      ['r', 'read the list of traces again'],
      ['^l  ^z', 'draw the screen anew; go to the shell, until fg'],
      ['?', 'this help'],
      ['q  ^c', 'quit; q closes what is open first'],
    ],
  ],
  [
    'Mouse',
    [
      ['wheel', 'scroll'],
      ['click', 'select; once more: open'],
      ['scrubber', 'click or drag to go there'],
      ['tabs', 'click to change the view; with Shift most terminals select text'],
    ],
  ],
];

/** What signs stand for. */
export const SIGNS_HELP: readonly (readonly [sign: string, means: string])[] = [
  ['✗ ✓', 'failed, passed'],
  ['● ↑ ◆', 'commit, push, merge'],
  ['✎ ❯', 'note, prompt'],
  ['┌ │ └', 'from red to green: the tests failed, and passed again'],
  ['▸', 'the selected event'],
];
