/**
 * Hashtags. The federation has them only in the text, `#tag`; Atom has them as categories.
 */

// diaspora* (lib/diaspora/taggable.rb) takes letters, digits, `_`, `-` and the lone `#<3`;
// a tag begins where no word character stands before it.
const TAG = /(?<![\p{L}\p{N}_&/#])#([\p{L}\p{M}\p{N}_-]{1,255}|<3)/gu;
const NOT_IN_TAG = /[^\p{L}\p{M}\p{N}_-]/gu;

/** Lower-case, each once, in the order of the text. */
export function tagsIn(markdown: string): string[] {
  const found = new Set<string>();
  for (const match of markdown.matchAll(TAG)) {
    const tag = match[1];
    // A number alone (`#1`) is an ordinal to diaspora* readers too.
    if (tag !== undefined && !/^\d+$/.test(tag)) found.add(tag.toLowerCase());
  }
  return [...found];
}

/** Adds the categories that the text does not name, as a last line. */
export function appendTags(markdown: string, categories: readonly string[]): string {
  const present = new Set(tagsIn(markdown));
  const missing: string[] = [];
  for (const category of categories) {
    const tag = category.replace(NOT_IN_TAG, "");
    if (tag === "" || /^\d+$/.test(tag) || present.has(tag.toLowerCase())) continue;
    present.add(tag.toLowerCase());
    missing.push(`#${tag}`);
  }
  if (missing.length === 0) return markdown;
  const line = missing.join(" ");
  return markdown === "" ? line : `${markdown}\n\n${line}`;
}
