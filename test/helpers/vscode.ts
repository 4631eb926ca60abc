/**
 * A stand-in for VS Code: as much of its interface as examples/vscode uses, held to the published declarations
 * (@types/vscode) and behaving as its documentation says. What is not here throws, so that nothing is used unseen.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { compileFunction } from 'node:vm';
import type * as vscode from 'vscode';

/** What of an extension's manifest decides how VS Code behaves. */
export interface Manifest {
  readonly main: string;
  readonly activationEvents: readonly string[];
  readonly contributes: {
    readonly commands: readonly { readonly command: string }[];
    readonly configuration: { readonly properties: Readonly<Record<string, { readonly default: unknown }>> };
  };
}

interface Extension {
  activate(context: Pick<vscode.ExtensionContext, 'subscriptions' | 'globalStorageUri'>): unknown;
  deactivate?(): unknown;
}

type Document = Pick<vscode.TextDocument, 'fileName' | 'getText' | 'isDirty' | 'uri'>;

/** A document that is open, as the person sees it. */
interface Opened extends Document {
  text: string;
  cursor: { line: number; character: number };
}

/** A window of VS Code with one extension in it, and somebody who works there. */
export class VsCode {
  /** What the person is shown. */
  readonly messages: string[] = [];
  /** What listeners threw: VS Code writes it to a log, and goes on. */
  readonly errors: string[] = [];
  /** What the person types when asked; undefined is Escape. */
  answer: string | undefined;
  readonly #manifest: Manifest;
  readonly #extension: Extension;
  readonly #context: Pick<vscode.ExtensionContext, 'subscriptions' | 'globalStorageUri'>;
  readonly #settings = new Map<string, unknown>();
  readonly #commands = new Map<string, () => unknown>();
  readonly #documents = new Map<string, Opened>();
  #active: string | undefined;
  readonly #opened = new Listeners<Document>(this);
  readonly #willSave = new Listeners<{ readonly document: Document }>(this);
  readonly #saved = new Listeners<Document>(this);
  readonly #closed = new Listeners<Document>(this);
  readonly #selected = new Listeners<{ readonly textEditor: Pick<vscode.TextEditor, 'document' | 'selection'> }>(this);

  /** Loads an installed extension. @param storage where VS Code keeps what belongs to the extension; its parent exists */
  constructor(folder: string, storage: string) {
    // written by us
    this.#manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
    mkdirSync(dirname(storage), { recursive: true });
    this.#context = { subscriptions: [], globalStorageUri: uriOf(storage) };
    const path = join(folder, this.#manifest.main);
    const require = createRequire(path);
    const module = { exports: {} };
    compileFunction(readFileSync(path, 'utf8'), ['module', 'exports', 'require'], { filename: path })(
      module,
      module.exports,
      (name: string): unknown => (name === 'vscode' ? this.#api() : require(name)),
    );
    // an extension's module is of this shape, or the first call fails
    this.#extension = module.exports as Extension;
  }

  /** Names of what the extension exports, and of the commands that it has registered. */
  get exports(): string[] {
    return Object.keys(this.#extension);
  }

  get commands(): string[] {
    return [...this.#commands.keys()];
  }

  async activate(): Promise<void> {
    if (!this.#manifest.activationEvents.includes('onStartupFinished')) throw new Error('nothing activates it');
    await this.#extension.activate(this.#context);
  }

  /** Closes the window: what the extension answers is waited for, then goes what it left. */
  async deactivate(): Promise<void> {
    await this.#extension.deactivate?.();
    for (const one of this.#context.subscriptions.splice(0)) one.dispose();
  }

  configure(setting: string, value: unknown): void {
    if (!(setting in this.#manifest.contributes.configuration.properties)) throw new Error(`nobody declares '${setting}'`);
    this.#settings.set(setting, value);
  }

  /** Shows a file, which becomes the active one. */
  open(path: string): void {
    this.#active = path;
    if (this.#documents.has(path)) return;
    const text = readFileSync(path, 'utf8');
    const document = {
      uri: uriOf(path),
      fileName: path,
      isDirty: false,
      text,
      cursor: { line: 0, character: 0 },
      getText: () => document.text,
    };
    this.#documents.set(path, document);
    this.#opened.tell(document);
  }

  /** Types a whole new text, and saves it. */
  save(path: string, text: string): void {
    this.open(path);
    const document = this.#document(path);
    Object.assign(document, { text, isDirty: true });
    this.#willSave.tell({ document });
    writeFileSync(path, text);
    Object.assign(document, { isDirty: false });
    this.#saved.tell(document);
  }

  close(path: string): void {
    const document = this.#document(path);
    this.#documents.delete(path);
    if (this.#active === path) this.#active = undefined;
    this.#closed.tell(document);
  }

  /** Puts the cursor somewhere; lines and characters from 0 on. */
  select(path: string, line: number, character: number): void {
    this.open(path);
    this.#document(path).cursor = { line, character };
    this.#selected.tell({ textEditor: this.#editor(path) });
  }

  /** Runs a command from the palette, which lists those that are declared. */
  async execute(command: string): Promise<void> {
    const run = this.#commands.get(command);
    if (!this.#manifest.contributes.commands.some((declared) => declared.command === command))
      throw new Error(`no '${command}' is declared`);
    if (run === undefined) throw new Error(`command '${command}' not found`);
    await run();
  }

  #document(path: string): Opened {
    const document = this.#documents.get(path);
    if (document === undefined) throw new Error(`'${path}' is not open`);
    return document;
  }

  #editor(path: string): Pick<vscode.TextEditor, 'document' | 'selection'> {
    // of both no more than this is there
    const document = this.#document(path);
    const selection = { active: document.cursor } as vscode.Selection;
    return { document: document as unknown as vscode.TextDocument, selection };
  }

  #api(): unknown {
    const self = this;
    const workspace = {
      get textDocuments(): readonly vscode.TextDocument[] {
        return [...self.#documents.values()] as unknown as vscode.TextDocument[]; // as above
      },
      getConfiguration: (section?: string): vscode.WorkspaceConfiguration => {
        const { properties } = this.#manifest.contributes.configuration;
        const get = (name: string): unknown => {
          const key = `${section}.${name}`;
          return this.#settings.has(key) ? this.#settings.get(key) : properties[key]?.default;
        };
        return only('WorkspaceConfiguration', { get }) as unknown as vscode.WorkspaceConfiguration; // as above
      },
      onDidOpenTextDocument: this.#opened.event as unknown as vscode.Event<vscode.TextDocument>,
      onWillSaveTextDocument: this.#willSave.event as unknown as vscode.Event<vscode.TextDocumentWillSaveEvent>,
      onDidSaveTextDocument: this.#saved.event as unknown as vscode.Event<vscode.TextDocument>,
      onDidCloseTextDocument: this.#closed.event as unknown as vscode.Event<vscode.TextDocument>,
    } satisfies Partial<typeof vscode.workspace>;
    const window = {
      get activeTextEditor(): vscode.TextEditor | undefined {
        return self.#active === undefined ? undefined : (self.#editor(self.#active) as vscode.TextEditor); // as above
      },
      onDidChangeTextEditorSelection: this.#selected.event as unknown as vscode.Event<vscode.TextEditorSelectionChangeEvent>,
      showInputBox: async () => this.answer,
      showInformationMessage: async (message: string) => {
        this.messages.push(message);
        return undefined;
      },
      setStatusBarMessage: (message: string) => {
        this.messages.push(message);
        return { dispose: () => {} };
      },
    } satisfies Partial<typeof vscode.window>;
    const commands = {
      registerCommand: (command: string, run: () => unknown): vscode.Disposable => {
        if (this.#commands.has(command)) throw new Error(`command '${command}' already exists`);
        this.#commands.set(command, run);
        return { dispose: () => this.#commands.delete(command) };
      },
    } satisfies Partial<typeof vscode.commands>;
    return {
      version: '1.101.0',
      workspace: only('workspace', workspace),
      window: only('window', window),
      commands: only('commands', commands),
    };
  }
}

/** Those who listen to one event. What one throws keeps it from no other. */
class Listeners<T> {
  readonly #listeners = new Set<(event: T) => unknown>();
  readonly #window: VsCode;

  constructor(window: VsCode) {
    this.#window = window;
  }

  readonly event = (listener: (event: T) => unknown): vscode.Disposable => {
    this.#listeners.add(listener);
    return { dispose: () => this.#listeners.delete(listener) };
  };

  tell(event: T): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(event);
      } catch (error) {
        this.#window.errors.push(String(error));
      }
    }
  }
}

function uriOf(path: string): vscode.Uri {
  return only('Uri', { scheme: 'file', fsPath: path, toString: () => `file://${path}` }) as unknown as vscode.Uri; // no more of it is there
}

/** The object, which complains when it is asked for what it has not. */
function only<T extends object>(name: string, object: T): T {
  return new Proxy(object, {
    get(target, key) {
      if (typeof key === 'string' && !(key in target)) throw new Error(`the stand-in for VS Code has no ${name}.${key}`);
      return Reflect.get(target, key);
    },
  });
}
