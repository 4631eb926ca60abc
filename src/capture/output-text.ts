/**
 * Stage 1, capture: turns what a program wrote to a terminal or a pipe into plain text for a sample. Terminal controls
 * go, overwritten lines show their last state, binary runs become `«binary: N bytes»`. Pure; every pattern is linear,
 * because the input is whatever a command prints. Never redacts: that is the flush's matter, on the text made here.
 */

/** ESC, or the one-character C1 form of the same control. */
const CONTROLS = new RegExp(
  [
    // device control, application, privacy and start-of-string: up to the terminator, over lines
    String.raw`(?:\u001b[PX^_]|[\u0090\u0098\u009e\u009f])[^\u001b\u009c\u0018\u001a]*(?:\u001b\\|\u009c|(?=\u001b)|[\u0018\u001a]|$)`,
    // operating system commands (title, link, clipboard): up to the terminator, within a line
    String.raw`(?:\u001b\]|\u009d)[^\u0007\u001b\u009c\u0018\u001a\n]*(?:\u0007|\u001b\\|\u009c|[\u0018\u001a])?`,
    // control sequences, also one that the end cuts off
    String.raw`(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]?`,
    // escapes of two or more characters, and an escape alone
    String.raw`\u001b[ -/]*[0-~]?`,
  ].join('|'),
  'g',
);

/** `ESC [ G` and `ESC [ 1 G` move to the line's beginning, as `\r` does; progress bars use either. */
const TO_LINE_START = /(?:\u001b\[|\u009b)[01]?G/g;

/** What must not be in a text whoever shows it: C0 but tab and newline, DEL, C1, and what reorders text. */
const UNSHOWN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

/** Base64 in one piece, or wrapped as `base64` and PEM do. */
const BASE64 = /[A-Za-z0-9+/_-]{200,}={0,2}|(?:[A-Za-z0-9+/]{60,100}\n){3,}[A-Za-z0-9+/]*={0,2}/g;

/**
 * Cleans a piece of output.
 *
 * Applied twice it changes nothing more. The result holds no ESC, C0 (but `\n` and `\t`), C1 or bidi override, and is
 * never longer than what came in.
 *
 * @example
 * cleanOutput('\u001b[32mok\u001b[0m  10%\r100%\r\n') // '100%\n'
 */
export function cleanOutput(text: string): string {
  const stripped = text.replace(TO_LINE_START, '\r').replace(CONTROLS, '');
  const lines = /[\r\b]/.test(stripped) ? stripped.split('\n').map(lastState).join('\n') : stripped;
  return lines.replace(UNSHOWN, '').replace(BASE64, (run) => (isRuler(run) ? run : binaryMarker(run.length)));
}

/** Says in a text's place how many bytes of no text stood there. */
export function binaryMarker(bytes: number): string {
  return `«binary: ${bytes} bytes»`;
}

/** Few different characters make a ruler or a row of one letter, not data. */
function isRuler(run: string): boolean {
  return new Set(run).size < 12;
}

/**
 * What a terminal would show of a line that was written over: the last state; backspaces move, text replaces. A return
 * at the line's end (`\r\n`) overwrites nothing.
 */
function lastState(line: string): string {
  if (!/[\r\b]/.test(line)) return line;
  let cells: string[] = [];
  let column = 0;
  let returned = false;
  for (const char of line) {
    if (char === '\r') {
      returned = true;
    } else if (char === '\b') {
      if (!returned) column = Math.max(0, column - 1);
    } else {
      if (returned) {
        cells = [];
        column = 0;
        returned = false;
      }
      cells[column] = char;
      column += 1;
    }
  }
  return cells.join('');
}

/**
 * Tells whether bytes, decoded, are data rather than text: more than one character in ten is a control that no terminal
 * program sends, or no character at all.
 */
export function looksBinary(decoded: string): boolean {
  let odd = 0;
  for (let i = 0; i < decoded.length; i++) {
    const code = decoded.charCodeAt(i);
    // 7 to 13 ring, move and break lines; 14, 15 and 27 switch character sets and begin escapes
    if (code === 0xfffd || code < 7 || (code > 15 && code < 32 && code !== 27)) odd += 1;
  }
  return odd * 10 > decoded.length;
}
