/** What an entry says, as one Markdown text: its body, its title, its files, its categories. */
import {
  markdownToText,
  markdownToXhtml,
  sameWords,
  xhtmlToMarkdown,
} from "../activitystreams/markdown.ts";
import { hasMarksOf } from "../activitystreams/marks.ts";
import { markdownToChat } from "../activitystreams/readable.ts";
import { appendTags } from "../activitystreams/tags.ts";
import { linkTypedPeople, type KnownPeople } from "../activitystreams/typed-mentions.ts";
import { cutWithSuffix, MAX_TEXT } from "../activitystreams/words.ts";
import { sanitiseXhtml } from "../activitystreams/xhtml.ts";
import { textOf } from "../xml/element.ts";
import { stripIllegal } from "../xml/serialise.ts";
import type { Enclosure } from "./entry-links.ts";
import { withMentions } from "./entry-mentions.ts";
import type { Entry } from "./entry.ts";
import { markdownUrl, shows } from "./picture-text.ts";

/** What becomes of the files that are attached: what is left of the text, and who stays. */
export type Illustrate = (body: string) => {
  readonly text: string;
  readonly others: readonly Enclosure[];
};

export function wordsOf(entry: Entry, known: KnownPeople, illustrate: Illustrate): string {
  const { text, others } = illustrate(bodyOf(entry, known));
  const body = withPage(withEnclosures(withTitle(entry.title, text), others), entry.related);
  return fitMarkdown(
    linkTypedPeople(appendTags(stripIllegal(body).trim(), entry.categories), known),
  );
}

/** Cut to what pods take. */
export function fitMarkdown(markdown: string): string {
  return cutWithSuffix(stripIllegal(markdown).trim(), MAX_TEXT, "");
}

/**
 * XHTML is what the author's client shows, so it decides. Movim sends the Markdown source
 * beside it: where both are the same text, the source is the better Markdown. Libervia sends the
 * bare words, without the links and the emphasis.
 */
export function bodyOf(entry: Entry, known: KnownPeople): string {
  if (entry.xhtml === null) return entry.text;
  const xhtml = withMentions(sanitiseXhtml(entry.xhtml), known);
  const rendered = markdownToXhtml(entry.text);
  const isSource = sameWords(textOf(rendered), textOf(xhtml)) && hasMarksOf(rendered, xhtml);
  if (entry.text !== "" && isSource) return entry.text;
  const markdown = xhtmlToMarkdown(xhtml);
  return markdown === "" ? entry.text : markdown;
}

function withTitle(title: string, body: string): string {
  if (title === "" || body === "") return body === "" ? title : body;
  const shortened = title.replace(/\s*(?:…|\.\.\.)$/u, "");
  // Clients make a title of the text as it was typed, or as it is shown; we, as in a chat.
  const forms = [body, markdownToText(body), markdownToChat(body)];
  const beginnings = forms.map((text) => text.replace(/\s+/gu, " "));
  const repeats = beginnings.some((beginning) => beginning.startsWith(shortened));
  return repeats ? body : `### ${title}\n\n${body}`;
}

/** Most pods show a page only where its address stands in the words. */
function withPage(body: string, page: Entry["related"]): string {
  if (page === null || shows(body, page.url)) return body;
  return [body, markdownUrl(page.url)].filter((part) => part !== "").join("\n\n");
}

/** Pictures that the text does not show yet, and other files as links. */
function withEnclosures(body: string, enclosures: readonly Enclosure[]): string {
  const added = enclosures
    .filter((enclosure) => !shows(body, enclosure.href))
    .map((enclosure) => {
      const name = (enclosure.title ?? "").replace(/\s+/gu, " ").replace(/[[\]\\]/g, "\\$&");
      const url = markdownUrl(enclosure.href);
      const isPicture = enclosure.type.startsWith("image/");
      return isPicture ? `![${name}](${url})` : `[${name === "" ? url : name}](${url})`;
    });
  return [body, ...added].filter((part) => part !== "").join("\n\n");
}
