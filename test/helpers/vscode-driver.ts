/** A window of the stand-in for VS Code in a process of its own, as VS Code's extension host is one; told over IPC what to do. */
import { VsCode } from './vscode.ts';

/** A call of a method of {@link VsCode}, or an assignment to one of its members. */
export type Told =
  | {
      readonly call: 'activate' | 'deactivate' | 'open' | 'save' | 'close' | 'select' | 'execute' | 'configure';
      readonly args: readonly unknown[];
    }
  | { readonly answer: string };

/** What it says when that is done. */
export interface Done {
  readonly messages: readonly string[];
  readonly errors: readonly string[];
}

const [, , folder = '', storage = ''] = process.argv;
const window = new VsCode(folder, storage);
process.on('message', async (told: Told) => {
  try {
    if ('answer' in told) window.answer = told.answer;
    else {
      // each method takes what the test gives it
      const method = window[told.call] as (...args: readonly unknown[]) => unknown;
      await method.apply(window, [...told.args]);
    }
  } catch (error) {
    window.errors.push(String(error));
  }
  const done: Done = { messages: window.messages.splice(0), errors: window.errors.splice(0) };
  process.send?.(done);
});
