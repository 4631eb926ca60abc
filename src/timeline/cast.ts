/**
 * Who acts in a trace: people, agents, CI. People are called by the name that their session says; without one, person A,
 * B, … in the order of their appearance. Pure.
 */
import type { DocumentHead, DocumentSession } from './document.ts';
import { counted } from './words.ts';

/** Characters of a name that are shown, and people who are named one by one. */
const NAME = 40;
const NAMED = 4;

export interface Actor {
  /** The same for all sessions of one person; an agent's or a CI job's session stands for itself. */
  readonly key: string;
  readonly name: string;
  readonly kind: 'person' | 'agent' | 'ci';
  /** Whose clone it acts in. */
  readonly user: string | undefined;
  /** Its session; undefined for one that no event names. */
  readonly session: DocumentSession | undefined;
}

/** The clone's own session, which git's hooks and notes write to. */
export function isClonesOwn(session: string): boolean {
  return session.startsWith('local-');
}

/** The actors of a trace by session. */
export class Cast {
  readonly #clean: (text: string) => string;
  readonly #actors = new Map<string, Actor>();
  /** What each person is called, by user id; empty where no session says it. */
  readonly #people = new Map<string, string>();
  readonly #agents = new Set<string>();
  readonly #ci = new Set<string>();

  /** @param clean makes a name fit for the medium it is shown in */
  constructor(head: DocumentHead, clean: (text: string) => string) {
    this.#clean = clean;
    for (const session of head.sessions) {
      if (session.kind === 'agent') this.#agents.add(session.tool ?? 'agent');
      else if (session.kind === 'ci') this.#ci.add(session.tool ?? 'CI');
      else this.#addPerson(session);
    }
    for (const session of head.sessions) this.#actors.set(session.session, this.#actorOf(session));
  }

  #addPerson({ developer }: DocumentSession): void {
    const user = developer?.user_id ?? '';
    const name = this.#clean(developer?.name ?? '')
      .trim()
      .slice(0, NAME);
    if ((this.#people.get(user) ?? '') === '') this.#people.set(user, name);
  }

  #actorOf(session: DocumentSession): Actor {
    const user = session.developer?.user_id ?? undefined;
    if (session.kind === 'agent') return { key: session.session, name: `agent ${session.tool ?? ''}`.trim(), kind: 'agent', user, session };
    if (session.kind === 'ci') return { key: session.session, name: `CI ${session.tool ?? ''}`.trim(), kind: 'ci', user, session };
    return { key: `person ${user ?? ''}`, name: this.#nameOf(user ?? ''), kind: 'person', user, session };
  }

  /** A name that two people have, or nobody knows, has the letter of whose it is with it. */
  #nameOf(user: string): string {
    const name = this.#people.get(user) ?? '';
    const namesakes = [...this.#people.values()].filter((other) => other === name).length;
    if (name !== '' && namesakes === 1) return name;
    const which = this.#people.size > 1 ? letter([...this.#people.keys()].indexOf(user)) : '';
    return `${name === '' ? 'person' : name} ${which}`.trim();
  }

  of(session: string): Actor {
    return this.#actors.get(session) ?? { key: session, name: 'somebody', kind: 'person', user: undefined, session: undefined };
  }

  /** Everybody, in a few words: `Ada, Ben, agent claude-code, CI github-actions`. */
  summary(): string {
    const named = [...this.#people.values()].every((name) => name !== '') && this.#people.size <= NAMED;
    const people = named ? [...this.#people.keys()].map((user) => this.#nameOf(user)) : [counted(this.#people.size, 'person', 'people')];
    const agents = [...this.#agents].map((tool) => (tool === 'agent' ? tool : `agent ${tool}`));
    return [...people, ...agents, ...[...this.#ci].map((tool) => (tool === 'CI' ? tool : `CI ${tool}`))].join(', ');
  }
}

function letter(index: number): string {
  return index < 26 ? String.fromCharCode(65 + index) : String(index + 1);
}
