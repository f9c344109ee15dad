/** What an item of a person's node says, in the words of the rules. */
import { domainOf, localOf, type DiasporaId, type Guid } from "../activitystreams/ids.ts";
import type { KnownPeople } from "../activitystreams/typed-mentions.ts";
import { parseVirtualLocal } from "../activitystreams/virtual-jid.ts";
import { isForEveryone, mayView, type AccessRules } from "../pep/access-rule.ts";
import type { Entry } from "../pep/entry.ts";
import { itemUri } from "../pep/links.ts";
import { noteFromEntry } from "../pep/note-from-entry.ts";
import { ownComments } from "./own-comments.ts";
import type { ItemReading } from "./ports.ts";

/** null for what came through a bridge already: it would go round in a circle. */
export function readingOf(
  entry: Entry,
  parts: {
    readonly guid: Guid;
    readonly partGuid: (part: string) => Guid;
    readonly known: KnownPeople;
    /** The item: whose, and how it is called; and the component's domain. */
    readonly post: Parameters<typeof ownComments>[1];
  },
): ItemReading | null {
  if (entry.hops.length > 0) return null;
  const note = noteFromEntry(entry, parts.guid, parts.partGuid, parts.known);
  const via = viaOf(entry);
  if (note === null && via === null) return null;
  return {
    note,
    via,
    comments: ownComments(entry.replies, parts.post),
    audience: audienceOf(entry, parts.post.domain),
  };
}

/** XEP-0277 §"Repeating a Post" copies the original; RFC 4685's link stands beside own words. */
function viaOf(entry: Entry): ItemReading["via"] {
  const answered = entry.inReplyTo?.item ?? null;
  const repeated = entry.via ?? (entry.verb === "share" ? answered : null);
  const address = repeated ?? answered;
  if (address === null) return null;
  const { service, node, item } = address;
  return {
    uri: itemUri(service, node, item),
    item: { jid: service, node, itemId: item },
    repeats: repeated !== null,
  };
}

function audienceOf(entry: Entry, domain: string): ItemReading["audience"] {
  if (entry.access !== null && !isForEveryone(entry.access)) return named(entry.access, domain);
  return entry.isLimited ? [] : "node";
}

function named(access: AccessRules, domain: string): DiasporaId[] {
  return access.granted.people.flatMap((jid) => {
    const local = domainOf(jid) === domain ? localOf(jid) : null;
    const id = local === null ? null : parseVirtualLocal(local);
    return id !== null && mayView(access, jid) ? [id] : [];
  });
}
