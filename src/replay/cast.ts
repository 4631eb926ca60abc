/**
 * Who acts in a trace: people, agents, CI. Sessions name people by a UUID only, so a view calls them person A, B, … in
 * the order of their appearance. Pure.
 */
import type { DocumentHead, DocumentSession } from './document.ts';
import { counted } from './words.ts';

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
  readonly #actors = new Map<string, Actor>();
  readonly #people = new Map<string, string>();
  readonly #agents = new Set<string>();
  readonly #ci = new Set<string>();

  constructor(head: DocumentHead) {
    for (const session of head.sessions) {
      if (session.kind === 'agent') this.#agents.add(session.tool ?? 'agent');
      else if (session.kind === 'ci') this.#ci.add(session.tool ?? 'CI');
      else this.#addPerson(session);
    }
    for (const session of head.sessions) this.#actors.set(session.session, this.#actorOf(session));
  }

  #addPerson({ developer }: DocumentSession): void {
    const user = developer?.user_id ?? '';
    if (!this.#people.has(user)) this.#people.set(user, letter(this.#people.size));
  }

  #actorOf(session: DocumentSession): Actor {
    const user = session.developer?.user_id ?? undefined;
    if (session.kind === 'agent') return { key: session.session, name: `agent ${session.tool ?? ''}`.trim(), kind: 'agent', user, session };
    if (session.kind === 'ci') return { key: session.session, name: `CI ${session.tool ?? ''}`.trim(), kind: 'ci', user, session };
    const name = this.#people.size > 1 ? `person ${this.#people.get(user ?? '')}` : 'person';
    return { key: `person ${user ?? ''}`, name, kind: 'person', user, session };
  }

  of(session: string): Actor {
    return this.#actors.get(session) ?? { key: session, name: 'somebody', kind: 'person', user: undefined, session: undefined };
  }

  /** Everybody, in a few words: `2 people, agent claude-code, CI github-actions`. */
  summary(): string {
    const people = this.#people.size === 0 ? [] : [counted(this.#people.size, 'person', 'people')];
    const agents = [...this.#agents].map((tool) => (tool === 'agent' ? tool : `agent ${tool}`));
    return [...people, ...agents, ...[...this.#ci].map((tool) => (tool === 'CI' ? tool : `CI ${tool}`))].join(', ');
  }
}

function letter(index: number): string {
  return index < 26 ? String.fromCharCode(65 + index) : String(index + 1);
}
