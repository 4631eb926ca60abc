/**
 * The one sanitizer for pages: every text that is written into HTML passes here (R72). What comes out is ASCII, so that it
 * says the same in whatever encoding a server claims. The page's own script adds texts by textContent alone. Pure.
 */
import { visibleText } from '../../timeline/visible-text.ts';

/**
 * A text as the content of an element or of an attribute in double quotes.
 *
 * @example
 * htmlText('a<b> "ü" \u202e') // 'a&#60;b&#62; &#34;&#252;&#34; &#60;U+202E&#62;'
 */
export function htmlText(text: string): string {
  return visibleText(text, true).replace(/[^\x20-\x7e\n\t]|[&<>"'`]/gu, (char) => `&#${char.codePointAt(0) ?? 0xfffd};`);
}

/**
 * JSON that says the same and can stand in a script element that holds data: no `<`, so nothing there can end the
 * element or begin a comment, and ASCII only. Such characters stand in JSON's strings alone, where an escape says the same.
 *
 * @example
 * islandText('["</script>","é"]') // '["\\u003c/script>","\\u00e9"]'
 */
export function islandText(json: string): string {
  return json.replace(/[<\x7f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
