/** The example extension, with a VS Code of our own: what it tells a client, and that one file can be made of it. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { describe, expect, test } from 'vitest';

const FOLDER = fileURLToPath(new URL('../../examples/vscode/', import.meta.url));

interface Told {
  type: string;
  payload: Record<string, unknown>;
}

/** What of the extension is used here. */
interface Recorder {
  startRecording(vscode: unknown, sites: unknown, timers: unknown): { end(): Promise<void> };
  editOf(path: string, before: string, after: string): Record<string, unknown> | undefined;
}

// plain JavaScript, whose two functions are named above
const { editOf, startRecording } = (await import(`${FOLDER}recorder.mjs`)) as Recorder;

interface FakeDocument {
  uri: { scheme: string; fsPath: string; toString(): string };
  getText(): string;
}

function document(path: string, text: () => string): FakeDocument {
  return { uri: { scheme: 'file', fsPath: path, toString: () => `file://${path}` }, getText: text };
}

/** A VS Code with one repository in `/shop`, and all that its client was told. */
function world(settings: Record<string, unknown>, options: { isRecorded?: boolean; answer?: string } = {}) {
  const told: Told[] = [];
  const messages: string[] = [];
  const heard = new Map<string, (event: unknown) => unknown>();
  const waiting: (() => void)[] = [];
  let closed = 0;
  const on = (name: string) => (listener: (event: unknown) => unknown) => {
    heard.set(name, listener);
    return { dispose: () => heard.delete(name) };
  };
  const client = {
    enqueue: (event: Told) => told.push(event),
    fireSync: async (event: Told) => {
      told.push(event);
      return 'kept';
    },
    close: async () => {
      closed++;
    },
  };
  const site = { top: '/shop', client, isRecorded: options.isRecorded === true };
  const vscode = {
    workspace: {
      textDocuments: [],
      getConfiguration: () => ({ get: (name: string) => settings[name] }),
      onDidOpenTextDocument: on('open'),
      onDidSaveTextDocument: on('save'),
      onDidCloseTextDocument: on('close'),
    },
    window: {
      activeTextEditor: { document: document('/shop/price.ts', () => ''), selection: { active: { line: 11, character: 0 } } },
      onDidChangeTextEditorSelection: on('select'),
      showInputBox: async () => options.answer,
      showInformationMessage: (text: string) => messages.push(text),
      setStatusBarMessage: (text: string) => messages.push(text),
    },
    commands: { registerCommand: (_: string, command: () => unknown) => on('note')(command) },
  };
  const sites = { of: (path: string) => (path.startsWith('/shop/') ? site : undefined), all: () => [site] };
  const timers = {
    after(_: number, work: () => void) {
      waiting.push(work);
      return () => waiting.splice(waiting.indexOf(work), 1);
    },
  };
  const recording = startRecording(vscode, sites, timers);
  return {
    vscode,
    told,
    messages,
    recording,
    fire: (name: string, event?: unknown) => heard.get(name)?.(event),
    waiting,
    closed: () => closed,
  };
}

describe('edits', () => {
  function save(settings: Record<string, unknown>, options: { isRecorded?: boolean } = {}, path = '/shop/src/price.ts') {
    const here = world(settings, options);
    let text = 'a\nb\nc\n';
    const file = document(path, () => text);
    here.fire('open', file);
    text = 'a\nB\nc\n';
    here.fire('save', file);
    here.fire('save', file); // nothing new
    return here.told;
  }

  test('are told when a file is saved, with what changed', () => {
    expect(save({ edits: 'on' })).toEqual([
      {
        type: 'edit',
        payload: {
          file: 'src/price.ts',
          change_summary: '+1/-1',
          additions: 1,
          deletions: 1,
          diff_snippet: '--- a/src/price.ts\n+++ b/src/price.ts\n@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n',
          status: 'modified',
          source: 'vscode',
        },
      },
    ]);
  });

  test('are not told where they are recorded already, where nobody wants it, and of files elsewhere', () => {
    expect(save({}, { isRecorded: true })).toEqual([]);
    expect(save({ edits: 'off' })).toEqual([]);
    expect(save({ edits: 'on' }, {}, '/elsewhere/x')).toEqual([]);
    expect(save({ edits: 'on' }, { isRecorded: true })).toHaveLength(1);
  });

  test('of large files are not told, and long diffs are cut at a line', () => {
    expect(editOf('x', 'a', 'b'.repeat(1_000_001))).toBeUndefined();
    const long = editOf('x', '', 'line\n'.repeat(10_000));
    expect(long).toMatchObject({ truncated: true, additions: 10_000 });
    expect(String(long?.['diff_snippet']).endsWith('\n')).toBe(true);
  });
});

describe('looked-at lines', () => {
  const editor = { document: document('/shop/a', () => ''), selection: { active: { line: 4, character: 2 } } };

  test('are told once the cursor rests, if somebody wants it', () => {
    const here = world({ navigation: true });
    here.fire('select', { textEditor: editor });
    here.fire('select', { textEditor: editor });
    expect(here.waiting).toHaveLength(1);
    here.waiting[0]?.();
    expect(here.told).toEqual([{ type: 'navigation', payload: { file: 'a', line: 5, column: 3 } }]);
  });

  test('are nobody’s business otherwise', () => {
    const here = world({});
    here.fire('select', { textEditor: editor });
    expect(here.waiting).toEqual([]);
  });
});

test('a note has its place, and is said to be kept where nobody takes it', async () => {
  const here = world({}, { answer: ' the law has changed ' });
  await here.fire('note');
  expect(here.told).toEqual([{ type: 'annotation', payload: { text: 'the law has changed', target: 'price.ts:12' } }]);
  expect(here.messages).toEqual(['git trace: noted, and sent later']);
  const silent = world({}, { answer: '  ' });
  await silent.fire('note');
  expect(silent.told).toEqual([]);
});

test('at the end the session ends, and the client is let go', async () => {
  const here = world({});
  await here.recording.end();
  expect(here.told).toEqual([{ type: 'session_ended', payload: { status: 'completed' } }]);
  expect(here.closed()).toBe(1);
});

test('one file is made of it that VS Code can load', async () => {
  // the manifest is JSON of our own
  const manifest = JSON.parse(readFileSync(`${FOLDER}package.json`, 'utf8')) as { main: string; scripts: { build: string } };
  expect(manifest.scripts.build).toContain(manifest.main.slice(2));
  const { outputFiles, errors, warnings } = await build({
    entryPoints: [`${FOLDER}extension.mjs`],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    external: ['vscode'],
    alias: { 'git-trace/client': fileURLToPath(new URL('../../src/client/index.ts', import.meta.url)) },
    write: false,
  });
  expect([errors, warnings]).toEqual([[], []]);
  const module = { exports: {} as Record<string, unknown> };
  const load = new Function('module', 'exports', 'require', outputFiles[0]?.text ?? '');
  const required: string[] = [];
  load(module, module.exports, (name: string) => {
    required.push(name);
    return name === 'vscode' ? {} : process.getBuiltinModule(name);
  });
  expect(Object.keys(module.exports).sort()).toEqual(['activate', 'deactivate']);
  expect(required.filter((name) => !name.startsWith('node:') && name !== 'vscode')).toEqual([]);
});
