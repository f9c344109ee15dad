/** `diaspora://` links in texts (diaspora-protocol.md §14): entities that a reader is to fetch. */
import type { DiasporaId, Guid } from "../activitystreams/ids.ts";
import { isDiasporaId, isGuid } from "./entities/rules.ts";

/** An entity that a text names. */
export interface DiasporaLink {
  readonly author: DiasporaId;
  /** Snake-case name of an entity, or `post`. */
  readonly type: string;
  readonly guid: Guid;
}

// Every repetition is bounded, so that hostile text costs time linear in its length.
const LINK =
  /diaspora:\/\/([\p{Lowercase}\d._-]{1,255}@[\p{Lowercase}A-F\d.:[\]-]{1,255})\/([a-z_]{1,64})\/([0-9A-Za-z\-_@.:]{15,254}[0-9A-Za-z])/gu;

/** All of them, in the order of the text, at most as many as asked for. */
export function findDiasporaLinks(text: string, maximum = 100): DiasporaLink[] {
  const links: DiasporaLink[] = [];
  for (const [, author = "", type = "", guid = ""] of text.matchAll(LINK)) {
    if (links.length >= maximum) break;
    if (isDiasporaId(author) && isGuid(guid)) links.push({ author, type, guid });
  }
  return links;
}
