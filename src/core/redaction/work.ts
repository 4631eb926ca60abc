/**
 * Bounds the work of an expression: how many steps a matcher that goes back may take from one place in a text before it
 * knows that nothing matches there. Pure arithmetic over its parts; what has no bound is refused with the reason.
 */
import { type CharacterSet, ExpressionFault, type Part } from './expression.ts';

/** What comes behind a part: the steps it may take from one place, with which characters it may begin, whether it may fail. */
interface Rest {
  readonly work: number;
  readonly first: CharacterSet;
  readonly canFail: boolean;
}

const ANY: CharacterSet = new Uint8Array(129).fill(1);
/** Nothing more is wanted: the first way to come here is taken. */
const DONE: Rest = { work: 0, first: ANY, canFail: false };

/**
 * The most steps from one place. A part that may be followed by what it may itself hold multiplies, one that may not adds.
 *
 * @throws ExpressionFault when a quantifier has no upper bound
 */
export function workOf(part: Part): number {
  return before(part, DONE).work;
}

/** Whether a part may match the empty text. */
export function canBeEmpty(part: Part): boolean {
  switch (part.type) {
    case 'characters':
      return false;
    case 'sequence':
      return part.items.every(canBeEmpty);
    case 'choice':
      return part.options.some(canBeEmpty);
    case 'repeat':
      return part.min === 0 || canBeEmpty(part.item);
    default:
      return true;
  }
}

/** A part with what follows it. */
function before(part: Part, rest: Rest): Rest {
  switch (part.type) {
    case 'characters':
      return { work: 1 + rest.work, first: part.set, canFail: true };
    case 'sequence':
      return part.items.reduceRight((after, item) => before(item, after), rest);
    case 'choice': {
      const options = part.options.map((option) => before(option, rest));
      return {
        work: either(options),
        first: options.map(({ first }) => first).reduce(union),
        canFail: options.every(({ canFail }) => canFail),
      };
    }
    case 'repeat':
      return repeated(part, rest);
    case 'look': {
      const inside = before(part.item, DONE);
      const narrows = part.isAhead && !part.isNegative && !canBeEmpty(part.item);
      return { work: inside.work + rest.work + 1, first: narrows ? inside.first : rest.first, canFail: true };
    }
    default:
      return { work: 1 + rest.work, first: rest.first, canFail: true };
  }
}

function repeated(part: Part & { type: 'repeat' }, rest: Rest): Rest {
  const { item, min, max, text } = part;
  if (max === Number.POSITIVE_INFINITY) throw new ExpressionFault(`'${text}' has no upper bound, write for example {${min},200}`);
  if (canBeEmpty(item) && max > 1) throw new ExpressionFault(`what '${text}' repeats may be empty`);
  if (item.type === 'characters') {
    // one way to go on for each length, and only the longest where what follows cannot begin inside
    const overlaps = rest.canFail && meets(item.set, rest.first);
    const work = max + (overlaps ? (max - min + 1) * rest.work : rest.work + 1);
    return { work, first: min === 0 ? union(item.set, rest.first) : item.set, canFail: min > 0 || rest.canFail };
  }
  let after = rest;
  for (let count = max; count > 0; count--) {
    const once = before(item, after);
    const isOptional = count > min;
    // where what follows takes anything, nobody comes back once it is reached
    const both = rest.canFail ? either([once, rest]) : before(item, DONE).work + Math.max(after.work, rest.work) + 1;
    after = {
      work: isOptional ? both : once.work,
      first: isOptional ? union(once.first, rest.first) : once.first,
      canFail: isOptional ? rest.canFail : true,
    };
    if (after.work > 1e12) break;
  }
  return after;
}

/** The steps of several ways to go on: only those that begin with the next character are gone. */
function either(ways: readonly Rest[]): number {
  let most = 0;
  for (let unit = 0; unit < ANY.length; unit++) {
    most = Math.max(
      most,
      ways.reduce((sum, { work, first }) => sum + (first[unit] === 1 ? work : 0), 0),
    );
  }
  return most + ways.length;
}

function union(a: CharacterSet, b: CharacterSet): CharacterSet {
  return a.map((has, unit) => (has === 1 || b[unit] === 1 ? 1 : 0));
}

function meets(a: CharacterSet, b: CharacterSet): boolean {
  return a.some((has, unit) => has === 1 && b[unit] === 1);
}
