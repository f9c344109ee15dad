/** What an item of a person's node says, in the words of the rules. */
import { domainOf, localOf, type DiasporaId, type Guid, type Jid } from "../activitystreams/ids.ts";
import type { KnownPeople } from "../activitystreams/typed-mentions.ts";
import { parseVirtualLocal } from "../activitystreams/virtual-jid.ts";
import { isForEveryone, mayView, type AccessRules } from "../pep/access-rule.ts";
import type { Entry } from "../pep/entry.ts";
import { itemUri } from "../pep/links.ts";
import { noteFromEntry } from "../pep/note-from-entry.ts";
import { ownComments } from "./own-comments.ts";
import type { ItemReading } from "./ports.ts";

/** In which groups of a roster each contact is. */
export type RosterGroups = ReadonlyMap<Jid, readonly string[]>;

/** null for what came through a bridge already: it would go round in a circle. */
export function readingOf(
  entry: Entry,
  parts: {
    readonly guid: Guid;
    readonly partGuid: (part: string) => Guid;
    readonly known: KnownPeople;
    /** The item: whose, and how it is called; and the component's domain. */
    readonly post: Parameters<typeof ownComments>[1];
    /** Of the author's roster; null or absent: not known. */
    readonly groups?: RosterGroups | null;
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
    audience: audienceOf(entry, parts.post.domain, parts.groups ?? null),
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

/** Whom its rules mean, the roster says. */
export function namesGroups({ access }: Pick<Entry, "access">): boolean {
  return access !== null && access.granted.groups.length + access.denied.groups.length > 0;
}

function audienceOf(
  entry: Entry,
  domain: string,
  groups: RosterGroups | null,
): ItemReading["audience"] {
  const { access, isLimited } = entry;
  if (access !== null && !isForEveryone(access)) return named(access, domain, groups);
  return isLimited ? [] : "node";
}

/** A denial beats every grant: whoever may be in a denied group that is not known gets nothing. */
function named(access: AccessRules, domain: string, groups: RosterGroups | null): DiasporaId[] {
  if (access.denied.groups.length > 0 && groups === null) return [];
  const people = new Set([...access.granted.people, ...(groups?.keys() ?? [])]);
  return [...people].flatMap((jid) => {
    const local = domainOf(jid) === domain ? localOf(jid) : null;
    const id = local === null ? null : parseVirtualLocal(local);
    const isMeant = access.granted.everyone ? access.granted.people.includes(jid) : true;
    return id !== null && isMeant && mayView(access, jid, groups?.get(jid) ?? []) ? [id] : [];
  });
}
