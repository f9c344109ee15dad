/**
 * What somebody means who names a post or a comment: a GUID, a link to it on a pod, an xmpp:
 * URI of the item, or "it", which is also what is meant when nothing is said.
 */
import {
  parseGuid,
  parseJid,
  type DiasporaId,
  type Guid,
  type Jid,
} from "../activitystreams/ids.ts";
import { parseTypedId, parseVirtualLocal } from "../activitystreams/virtual-jid.ts";
import { DxError } from "../errors/error.ts";
import type { Occasion } from "./definition.ts";
import type { CommandPorts } from "./ports.ts";

type Target =
  | { readonly kind: "it" }
  | { readonly kind: "guid"; readonly guid: Guid }
  | { readonly kind: "uri"; readonly uri: string };

/** Pages of posts: diaspora*, Friendica, and diaspora*'s own scheme. */
const PAGE =
  /^https?:\/\/[^/\s]+\/(?:posts|display|reshares)\/([^/?#\s]+)(?:\?[^#\s]*)?(?:#(\S+))?$/i;
// diaspora://author/type/guid, as the federation's Markdown links have it.
const SCHEME =
  /^(?:web\+)?diaspora:\/\/[^/\s]+\/(?:post|comment|status_message|reshare)\/([^/?#\s]+)$/i;

/** null for what names nothing. */
export function parseTarget(text: string): Target | null {
  const typed = text.trim().replace(/^<(.*)>$/u, "$1");
  if (typed === "" || typed.toLowerCase() === "it") return { kind: "it" };
  if (/^xmpp:/i.test(typed)) return typed.includes("?") ? { kind: "uri", uri: typed } : null;
  const [, post, comment] = PAGE.exec(typed) ?? SCHEME.exec(typed) ?? [];
  // A page's fragment is the comment that is meant.
  const guid = parseGuid(comment ?? "") ?? parseGuid(post ?? typed);
  return guid === null ? null : { kind: "guid", guid };
}

/**
 * Whether a word at the beginning of a line is meant as a target, or is a word already. GUIDs
 * that people meet have digits in them; "internationalisation" is none.
 */
export function looksLikeTarget(word: string): boolean {
  if (word.toLowerCase() === "it") return true;
  const target = parseTarget(word);
  return target !== null && (target.kind !== "guid" || target.guid !== word || /\d/.test(word));
}

/** Throws DX_ITEM_NOT_FOUND. */
export async function targetOf(
  text: string | undefined,
  jid: Jid,
  occasion: Occasion,
  ports: Pick<CommandPorts, "guidOfItem">,
): Promise<Guid> {
  const target = parseTarget(text ?? "");
  const guid = target === null ? null : await resolved(target, jid, occasion, ports);
  if (guid === null) throw new DxError("DX_ITEM_NOT_FOUND");
  return guid;
}

async function resolved(
  target: Target,
  jid: Jid,
  occasion: Occasion,
  ports: Pick<CommandPorts, "guidOfItem">,
): Promise<Guid | null> {
  if (target.kind === "guid") return target.guid;
  return target.kind === "it" ? occasion.it() : ports.guidOfItem(jid, target.uri);
}

/** A diaspora* ID as people type it, or the address of a virtual person. Throws DX_JID_MALFORMED. */
export function personOf(text: string | undefined): DiasporaId {
  const typed = (text ?? "").trim().replace(/^<(.*)>$/u, "$1");
  const jid = parseJid(typed.replace(/^xmpp:/i, "").replace(/%5C/gi, "\\"));
  const local = jid?.bare.includes("\\40") === true ? jid.bare.slice(0, jid.bare.indexOf("@")) : "";
  const id = parseVirtualLocal(local) ?? parseTypedId(typed);
  if (id === null) throw new DxError("DX_JID_MALFORMED");
  return id;
}
