/**
 * An entry that names another one: a share of a post that is known here, when it adds no words;
 * else words of its own with a quotation, a mention and a link.
 */
import type { Note } from "../activitystreams/activity.ts";
import { hostOf, parseGuid, type Guid } from "../activitystreams/ids.ts";
import { markdownToText } from "../activitystreams/markdown.ts";
import { mentionsIn, writeMention } from "../activitystreams/mentions.ts";
import { cutWithSuffix } from "../activitystreams/words.ts";
import type { Via } from "./collected.ts";
import { digestGuid } from "./guids.ts";
import type { BridgeEffects, BridgeStore } from "./ports.ts";
import type { Root } from "./share.ts";
import { isLive, type Live } from "./thread.ts";

/**
 * The post that is meant, whoever may read it: an item of a registered person, of a virtual one
 * (whose items are called by their GUIDs), or an address on a pod. null: nothing known here.
 */
export async function meantBy(
  via: Via,
  store: Pick<BridgeStore, "findActivity">,
  effects: BridgeEffects,
): Promise<Live | null> {
  for (const guid of guidsOf(via, effects)) {
    const known = await store.findActivity(guid);
    if (isLive(known)) return known;
  }
  return null;
}

/** `https://pod.example/posts/GUID`, `diaspora://alice@pod.example/post/GUID`. */
const AT_THE_END = /^(?:https?|(?:web\+)?diaspora):\/\/[^?#]*\/(?:posts?|p)\/([^/?#]+)$/;

function guidsOf({ uri, item }: Via, effects: BridgeEffects): Guid[] {
  const guids: (Guid | null)[] = [parseGuid(AT_THE_END.exec(uri)?.[1] ?? "")];
  if (item !== null) {
    guids.push(digestGuid(effects, "item", item.jid, item.node, item.itemId));
    guids.push(parseGuid(item.itemId));
  }
  return guids.filter((guid) => guid !== null);
}

/** A title by itself, which says that nothing was added, is longer than a word of assent. */
const SHORTEST_TITLE = 20;

/**
 * It has no words, or those of the root: whole or in part where the entry repeats it, as clients
 * do. An answer may happen to use a word of the root.
 */
export function addsNothing(note: Note | null, { activity }: Root, { repeats }: Via): boolean {
  if (note === null) return true;
  const original = spoken(activity.object.markdown);
  const own = spoken(note.markdown);
  const isTitle = own.length >= SHORTEST_TITLE && original.startsWith(own);
  const isCopy = repeats ? original.includes(own) : isTitle || original === own;
  const pictures = new Set(activity.object.photos.map(({ url }) => url));
  return isCopy && note.photos.every(({ url }) => pictures.has(url));
}

function spoken(markdown: string): string {
  return markdownToText(markdown)
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim()
    .toLowerCase();
}

const EXCERPT = 300;

/** Words of one's own above what they are about. */
export function quoting(note: Note, root: Root): Note {
  const { author, activity, guid } = root;
  const { markdown, url } = activity.object;
  const excerpt = cutWithSuffix(markdownToText(markdown).trim(), EXCERPT, "");
  const quotation = spoken(note.markdown).includes(spoken(markdown))
    ? []
    : excerpt.split("\n").map((line) => `> ${line}`.trimEnd());
  const link = url ?? `diaspora://${author.diasporaId}/post/${guid}`;
  const mention = writeMention({ id: author.diasporaId, name: author.name });
  const named = mentionsIn(note.markdown).some(({ id }) => id === author.diasporaId);
  const source = `— ${named ? hostOf(author.diasporaId) : mention}: ${link}`;
  const below = quotation.length === 0 ? source : [...quotation, ">", `> ${source}`].join("\n");
  return { ...note, markdown: `${note.markdown}\n\n${below}`.trim() };
}

/** What nobody here knows is named as it was. */
export function attributing(note: Note, { uri }: Via): Note {
  if (note.markdown.includes(uri)) return note;
  return { ...note, markdown: `${note.markdown}\n\nvia ${uri}`.trim() };
}
