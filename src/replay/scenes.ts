/** Cuts a story into scenes: where a day begins, after a pause, and where somebody else goes on. Pure. */
import { millis } from '../core/time.ts';
import { type Actor, type Cast, isClonesOwn } from '../timeline/cast.ts';
import { AGENTS_TOO } from '../timeline/deeds.ts';
import { callsUs } from '../timeline/looking.ts';
import { textOf } from '../timeline/members.ts';
import { commandPassed } from '../timeline/outcome.ts';
import { type Item, SCENE_BREAK_MS } from '../timeline/timeline.ts';
import { dayOf, pause } from '../timeline/words.ts';

export interface Scene {
  /** The day or the pause that it begins with; undefined where only the actor changed. */
  readonly opening: string | undefined;
  readonly actor: Actor;
  readonly items: readonly Item[];
}

/** What a scene begins with. */
export type SceneBegin = Pick<Scene, 'opening' | 'actor'>;

/** Cuts a story while it is told: each item is looked at once, in order. */
export class SceneCut {
  #actor: Actor | undefined;
  #before: number | undefined;

  /** The scene that an item begins; `undefined` where it goes on with the one before. */
  next(item: Item, cast: Cast): SceneBegin | undefined {
    const opening = openingOf(item.at, this.#before);
    const actor = this.#actor !== undefined && belongs(item, this.#actor, cast) ? this.#actor : cast.of(sessionOf(item));
    const isSame = opening === undefined && this.#actor !== undefined && placeOf(actor) === placeOf(this.#actor);
    this.#before = item.at;
    this.#actor = actor;
    return isSame ? undefined : { opening, actor };
  }
}

/** Whose scene it is: jobs of one build server are told together. */
function placeOf({ key, kind, name }: Actor): string {
  return kind === 'ci' ? `ci ${name}` : key;
}

/** The scenes of a story, which may also be told backwards. */
export function* scenesOf(items: Iterable<Item>, cast: Cast): Generator<Scene> {
  const cut = new SceneCut();
  let scene: { opening: string | undefined; actor: Actor; items: Item[] } | undefined;
  for (const item of items) {
    const begin = cut.next(item, cast);
    if (begin !== undefined) {
      if (scene !== undefined) yield named(scene, cast);
      scene = { ...begin, items: [] };
    }
    scene?.items.push(item);
  }
  if (scene !== undefined) yield named(scene, cast);
}

function openingOf(at: number, before: number | undefined): string | undefined {
  if (before === undefined) return dayOf(at);
  const silence = Math.abs(at - before);
  const since = `${pause(silence)} ${at >= before ? 'later' : 'earlier'}`;
  if (dayOf(at) !== dayOf(before)) return silence < SCENE_BREAK_MS ? dayOf(at) : `${dayOf(at)}, ${since}`;
  return silence < SCENE_BREAK_MS ? undefined : since;
}

function belongs(item: Item, { kind, session, user }: Actor, cast: Cast): boolean {
  const own = sessionOf(item);
  if (item.kind === 'gap' || kind !== 'agent' || session === undefined || !isClonesOwn(own)) return false;
  // an agent that has ended does nothing any more
  return item.at <= millis(session.end_time) && cast.of(own).user === user && AGENTS_TOO.has(item.entry.event.type);
}

/** A person's scene is named after a session of their own, before that of the clone. */
function named(scene: Scene, cast: Cast): Scene {
  if (scene.actor.kind !== 'person') return scene;
  const said = scene.items.map((item) => cast.of(sessionOf(item))).find(({ session }) => session && !isClonesOwn(session.session));
  return said === undefined ? scene : { ...scene, actor: said };
}

function sessionOf(item: Item): string {
  return item.kind === 'gap' ? item.gap.session : item.entry.event.session;
}

/** What an item only says: that a session began or came to its end, as the heading of its scene does, or that git trace was called. */
export function silenceOf(item: Item, cast: Cast): 'session' | 'call' | undefined {
  if (item.kind === 'gap') return undefined;
  const { session, type, payload } = item.entry.event;
  const actor = cast.of(session);
  // an agent's beginning opens its scene, whatever comes next: a commit in its clone may
  if (type === 'session_started') return actor.kind !== 'agent' && (actor.session?.events ?? 0) > 1 ? 'session' : undefined;
  if (type === 'session_ended') return payload['status'] === 'completed' && isClonesOwn(session) ? 'session' : undefined;
  return type === 'command' && commandPassed(payload) && callsUs(textOf(payload, 'command') ?? '') ? 'call' : undefined;
}
