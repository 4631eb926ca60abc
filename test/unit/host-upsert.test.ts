/** One comment of ours, whatever stands there already and whoever writes at the same time. */
import { describe, expect, test } from 'vitest';
import { Refusal } from '../../src/adapters/host/refusal.ts';
import { type Comment, type Comments, ours, planUpsert, upsert } from '../../src/adapters/host/upsert.ts';

const MARKER = '<!-- ours -->';
const at = '2026-11-21T10:00:00.000Z';
const comment = (id: number, body: string, author: string | null = 'bot'): Comment => ({ id, author, body, url: `#${id}`, at });
/** A wish of a certain age: the higher the version, the newer. */
const wish = (version: number) => ({
  marker: MARKER,
  body: `${MARKER}${version}`,
  isNewer: (body: string) => Number(body.slice(MARKER.length)) > version,
});

/** Comments in memory. */
class Memory implements Comments {
  readonly said: string[] = [];
  all: Comment[];
  viewerName: string | undefined = 'bot';
  certainName: string | undefined;
  author = 'bot';
  page = 2;
  /** What happens elsewhere right before something is done here. */
  before: Record<string, () => void> = {};
  #last: number;

  constructor(...all: Comment[]) {
    this.all = all;
    this.#last = Math.max(0, ...all.map(({ id }) => id));
  }

  async viewer() {
    return this.viewerName;
  }

  async certainViewer() {
    this.said.push('viewer');
    return this.certainName;
  }

  async *pages() {
    for (let i = 0; i === 0 || i < this.all.length; i += this.page) {
      this.#do('list');
      yield this.all.slice(i, i + this.page);
    }
  }

  async create(body: string) {
    this.#do('create');
    const made = comment(++this.#last, body, this.author);
    this.all.push(made);
    return made;
  }

  async update(id: number, body: string) {
    this.#do(`update ${id}`);
    const found = this.#find(id);
    this.all = this.all.map((one) => (one === found ? { ...one, body } : one));
    return { ...found, body };
  }

  async remove(id: number) {
    this.#do(`remove ${id}`);
    const found = this.#find(id);
    this.all = this.all.filter((one) => one !== found);
  }

  #do(what: string) {
    this.said.push(what);
    const event = this.before[what];
    delete this.before[what];
    event?.();
  }

  #find(id: number): Comment {
    const found = this.all.find((one) => one.id === id);
    if (found === undefined) throw new Refusal('gone', [], { status: 404 });
    return found;
  }
}

describe('ours', () => {
  test('are written by us and begin with the marker', () => {
    const all = [comment(3, `${MARKER}x`), comment(1, `${MARKER}x`, 'eve'), comment(2, `> ${MARKER}x`), comment(4, `${MARKER}x`, null)];
    expect(ours([...all, comment(1, `${MARKER}y`, 'BOT')], 'bot', MARKER).map(({ id }) => id)).toEqual([1, 3]);
    expect(ours(all, undefined, MARKER)).toEqual([]);
  });

  test('are one to be: the oldest, saying what the newest knows', () => {
    expect(planUpsert([], wish(2))).toBeUndefined();
    expect(planUpsert([comment(1, `${MARKER}2\r\n`)], { ...wish(2), body: `${MARKER}2\n` })).toMatchObject({ body: undefined, remove: [] });
    const [one, two, three] = [comment(1, `${MARKER}1`), comment(2, `${MARKER}3`), comment(3, `${MARKER}0`)];
    expect(planUpsert([one, two, three], wish(2))).toEqual({ keep: one, body: `${MARKER}3`, remove: [two, three], newer: true });
    expect(planUpsert([one, three], wish(2))).toEqual({ keep: one, body: `${MARKER}2`, remove: [three], newer: false });
  });
});

describe('upsert', () => {
  test('writes where nothing of ours stands, and looks whether it is alone', async () => {
    const memory = new Memory(comment(1, 'hello', 'eve'), comment(2, `${MARKER}1`, 'eve'), comment(3, `> ${MARKER}1`));
    expect(await upsert(memory, wish(1))).toEqual({ kind: 'created', url: '#4' });
    expect(memory.said).toEqual(['list', 'list', 'create', 'list', 'list']);
    expect(memory.all.filter(({ author }) => author === 'eve')).toHaveLength(2);
  });

  test('changes what stands there, reading no further', async () => {
    const memory = new Memory(comment(1, 'hello', 'eve'), comment(2, `${MARKER}1`), comment(3, 'on', 'eve'));
    expect(await upsert(memory, wish(2))).toEqual({ kind: 'updated', url: '#2' });
    expect(await upsert(memory, wish(2))).toEqual({ kind: 'unchanged', url: '#2' });
    expect(await upsert(memory, wish(1))).toEqual({ kind: 'newer', url: '#2' });
    expect(memory.said).toEqual(['list', 'update 2', 'list', 'list']);
    expect(memory.all[1]?.body).toBe(`${MARKER}2`);
  });

  test('writes anew where the comment was deleted meanwhile', async () => {
    const memory = new Memory(comment(1, `${MARKER}1`));
    memory.before['update 1'] = () => {
      memory.all = [];
    };
    expect(await upsert(memory, wish(2))).toEqual({ kind: 'created', url: '#2' });
    expect(memory.all).toMatchObject([{ id: 2, body: `${MARKER}2` }]);
  });

  test.each([
    ['older', 1, `${MARKER}2`, 'updated'],
    ['newer', 3, `${MARKER}3`, 'newer'],
  ])('two jobs at once leave one comment: the other is %s', async (_, version, body, kind) => {
    const memory = new Memory();
    memory.before['create'] = () => {
      memory.all.push(comment(0, `${MARKER}${version}`));
    };
    expect(await upsert(memory, wish(2))).toMatchObject({ kind, url: '#0' });
    expect(memory.all).toMatchObject([{ id: 0, body }]);
  });

  test('another job has tidied up already', async () => {
    const memory = new Memory();
    memory.before['create'] = () => {
      memory.all.push(comment(0, `${MARKER}1`));
    };
    memory.before['remove 1'] = () => {
      memory.all = memory.all.filter(({ id }) => id !== 1);
    };
    expect(await upsert(memory, wish(2))).toMatchObject({ kind: 'updated', url: '#0' });
    expect(memory.all).toHaveLength(1);
  });

  test("an app's token: the host is asked whose it is only where a bot may have written for us", async () => {
    const memory = new Memory(comment(1, `${MARKER}1`, 'app[bot]'));
    Object.assign(memory, { viewerName: 'github-actions[bot]', certainName: 'app[bot]', author: 'app[bot]' });
    expect(await upsert(memory, wish(2))).toEqual({ kind: 'updated', url: '#1' });
    expect(memory.said).toEqual(['list', 'viewer', 'update 1']);
    const other = new Memory(comment(1, `${MARKER}1`, 'other[bot]'));
    Object.assign(other, { viewerName: 'app[bot]', certainName: 'app[bot]', author: 'app[bot]' });
    expect(await upsert(other, wish(2))).toEqual({ kind: 'created', url: '#2' });
  });

  test('an unknown writer is told by what he writes', async () => {
    const memory = new Memory(comment(1, `${MARKER}1`, 'app[bot]'), comment(2, `${MARKER}1`, 'eve'));
    Object.assign(memory, { viewerName: undefined, author: 'app[bot]' });
    expect(await upsert(memory, wish(2))).toEqual({ kind: 'updated', url: '#1' });
    expect(memory.all.map(({ id }) => id)).toEqual([1, 2]);
  });

  test('a token that may not write is told, with the way out; any other refusal is an error', async () => {
    const refuse = (refusal: Refusal) => {
      const memory = new Memory();
      memory.before['create'] = () => {
        throw refusal;
      };
      return upsert(memory, wish(1));
    };
    const forbidden = new Refusal('the token may not do this (403)', ['it needs more'], { status: 403, forbidden: true });
    expect(await refuse(forbidden)).toEqual({ kind: 'forbidden', reason: 'the token may not do this (403); it needs more' });
    const limited = new Refusal('too many requests (403)', [], { status: 403, wait: 60 });
    await expect(refuse(limited)).rejects.toBe(limited);
  });
});
