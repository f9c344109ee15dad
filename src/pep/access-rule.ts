/**
 * OneSocialWeb's access rules of one entry (`osw:acl-rule`): who may view it. Without a grant
 * nobody may, and a denial beats every grant.
 */
import { bareJid, type Jid } from "../activitystreams/ids.ts";
import { childrenNamed, textOf, type XmlElement } from "../xml/element.ts";
import { NS_ONESOCIALWEB } from "./namespaces.ts";

/** Whom rules name. */
export interface Subjects {
  readonly everyone: boolean;
  readonly people: readonly Jid[];
  /** Of the author's roster. */
  readonly groups: readonly string[];
}

export interface AccessRules {
  readonly granted: Subjects;
  readonly denied: Subjects;
}

const MAX_RULES = 50;
const MAX_SUBJECTS = 500;

/** null when the entry has no rules: then only its node's access model counts. */
export function readAccessRules(entry: XmlElement): AccessRules | null {
  const rules = childrenNamed(entry, "acl-rule", NS_ONESOCIALWEB);
  if (rules.length === 0) return null;
  // More than anybody writes: what is not read must not open what the rest of it closes.
  const read = rules.length > MAX_RULES ? [] : rules;
  return {
    granted: subjectsOf(read.filter((rule) => permits(rule, "grant"))),
    denied: subjectsOf(
      read.filter((rule) => permits(rule, "deny")),
      true,
    ),
  };
}

/** Whether a stranger may see it. */
export function isForEveryone({ granted, denied }: AccessRules): boolean {
  const isNobody = !denied.everyone && denied.people.length === 0 && denied.groups.length === 0;
  return granted.everyone && isNobody;
}

export function mayView(
  { granted, denied }: AccessRules,
  jid: Jid,
  groups: readonly string[] = [],
): boolean {
  const isNamedIn = (subjects: Subjects): boolean =>
    subjects.everyone ||
    subjects.people.includes(jid) ||
    subjects.groups.some((group) => groups.includes(group));
  return isNamedIn(granted) && !isNamedIn(denied);
}

function permits(rule: XmlElement, permission: "grant" | "deny"): boolean {
  return childrenNamed(rule, "acl-action", NS_ONESOCIALWEB).some(
    (action) =>
      lastPart(textOf(action)) === "view" &&
      lastPart(action.attrs["permission"] ?? "") === permission,
  );
}

/** Whom a denial means that cannot be read is not known, so it means everybody. */
function subjectsOf(rules: readonly XmlElement[], unknownIsEveryone = false): Subjects {
  const subjects = rules.flatMap((rule) => childrenNamed(rule, "acl-subject", NS_ONESOCIALWEB));
  const named = subjects.slice(0, MAX_SUBJECTS).map(subjectOf);
  const isUnknown = subjects.length > MAX_SUBJECTS || named.includes(null);
  return {
    everyone: named.includes("everyone") || (unknownIsEveryone && isUnknown),
    people: named.flatMap((one) => (one !== null && typeof one !== "string" ? one.people : [])),
    groups: named.flatMap((one) => (one !== null && typeof one !== "string" ? one.groups : [])),
  };
}

function subjectOf(
  subject: XmlElement,
): "everyone" | { readonly people: readonly Jid[]; readonly groups: readonly string[] } | null {
  const type = lastPart(subject.attrs["type"] ?? "");
  const name = textOf(subject).trim();
  if (type === "everyone") return "everyone";
  if (type === "group" && name !== "") return { people: [], groups: [name] };
  // COMPAT(OneSocialWeb): its JavaScript clients write `user`.
  const isPerson = type === "person" || type === "user";
  const jid = isPerson ? bareJid(name.replace(/^xmpp:/i, "")) : null;
  return jid === null ? null : { people: [jid], groups: [] };
}

/** IRIs in full or short. */
function lastPart(iri: string): string {
  return iri.trim().split("/").at(-1)?.toLowerCase() ?? "";
}
