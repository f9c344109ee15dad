/**
 * WebFinger (RFC 7033) as the federation uses it: a JRD whose links lead to the hCard and
 * to the pod (diaspora-protocol.md §11). Read and written as values.
 */
import { z } from "zod";
import { hostOf, userOf, type DiasporaId, type Guid } from "../../activitystreams/ids.ts";
import { DxError } from "../../errors/error.ts";
import { isUriWithHost, isUriWithHostAndPath } from "../entities/rules.ts";
import * as rel from "./rels.ts";

/** What the federation reads out of a WebFinger document, JRD or XRD. */
export interface WebFinger {
  /** As written: with or without `acct:`, in any case. */
  readonly subject: string;
  readonly hcardUrl: string;
  /** Of the pod; with or without a final slash, and a path that does not count. */
  readonly seedUrl: string;
  readonly profileUrl: string | null;
  readonly atomUrl: string | null;
  readonly salmonUrl: string | null;
  /** A template with `{uri}`. */
  readonly subscribeUrl: string | null;
  readonly aliasUrl: string | null;
  /** Legacy documents only, and then only a hint: the hCard counts. */
  readonly guid: string | null;
  readonly publicKeyPem: string | null;
}

/** One link of a JRD or an XRD. */
export interface Link {
  readonly rel: string;
  /** Media type of what is there. */
  readonly type?: string;
  readonly href?: string;
  /** A URL with `{uri}` in it. */
  readonly template?: string;
}

/** Whom a WebFinger document is about. */
export interface WebFingerPerson {
  readonly diasporaId: DiasporaId;
  readonly guid: Guid;
  /** Scheme, host and port of the pod, with a final slash. */
  readonly podUrl: string;
}

/** All six links that any reader looks for, in the gem's order. */
export function webfingerLinks({ diasporaId, guid, podUrl }: WebFingerPerson): Link[] {
  const user = encodeURIComponent(userOf(diasporaId));
  // A guid may hold `@` and `:` (Hubzilla's do).
  const id = encodeURIComponent(guid);
  return [
    { rel: rel.REL_HCARD, type: "text/html", href: `${podUrl}hcard/users/${id}` },
    { rel: rel.REL_SEED, type: "text/html", href: podUrl },
    { rel: rel.REL_PROFILE, type: "text/html", href: `${podUrl}u/${user}` },
    { rel: rel.REL_ATOM, type: "application/atom+xml", href: `${podUrl}public/${user}.atom` },
    { rel: rel.REL_SALMON, href: `${podUrl}receive/users/${id}` },
    { rel: rel.REL_SUBSCRIBE, template: `${podUrl}people?q={uri}` },
  ];
}

/** The page of a person by guid. */
export function aliasOf({ guid, podUrl }: WebFingerPerson): string {
  return `${podUrl}people/${encodeURIComponent(guid)}`;
}

/** A WebFinger document (RFC 7033 §4.4), to be sent as JSON. */
export interface Jrd {
  readonly subject: string;
  readonly aliases: readonly string[];
  readonly links: readonly Link[];
}

/** The answer to `/.well-known/webfinger?resource=acct:…`; `application/jrd+json`. */
export function webfingerJrd(person: WebFingerPerson): Jrd {
  return {
    subject: `acct:${person.diasporaId}`,
    aliases: [aliasOf(person)],
    links: webfingerLinks(person),
  };
}

// Only what is read has to be of a certain type: the other links are between other networks.
const LINK = z.record(z.string(), z.unknown());
/** Nobody has as many; half a million of what is no link would take a third of a second. */
export const MAX_LINKS = 1_000;
const JRD = z.object({
  subject: z.string(),
  aliases: z.unknown().optional(),
  links: z.array(LINK).max(MAX_LINKS),
});

/** Documents are fetched with a cap; this one keeps the parser's work bounded for any caller. */
export const MAX_DOCUMENT_LENGTH = 1 << 20;

function parseJson(text: string): unknown {
  if (text.length > MAX_DOCUMENT_LENGTH) throw new DxError("DX_DISCOVERY_DOCUMENT");
  try {
    return JSON.parse(text);
  } catch {
    throw new DxError("DX_DISCOVERY_DOCUMENT", { detail: "no JSON" });
  }
}

/**
 * A JRD as any pod writes it, of at most 1 MiB. Whom it is about is not compared here: see
 * {@link checkSubject}.
 * @throws {DxError} `DX_DISCOVERY_DOCUMENT` for what is no JSON, `DX_DISCOVERY_INCOMPLETE`
 * without subject or links, `DX_DISCOVERY_INVALID` when the subject is empty or a link that the
 * federation needs is missing or no URL
 */
export function parseWebfingerJrd(text: string): WebFinger {
  const jrd = JRD.safeParse(parseJson(text));
  if (!jrd.success) throw new DxError("DX_DISCOVERY_INCOMPLETE", { detail: "WebFinger" });
  const { subject, aliases, links } = jrd.data;
  const alias: unknown = Array.isArray(aliases) ? aliases[0] : null;
  return webfingerFrom(subject, typeof alias === "string" ? alias : null, links);
}

/** The same for both forms of the document. The first link of a relation counts. */
export function webfingerFrom(
  subject: string,
  aliasUrl: string | null,
  links: readonly Readonly<Record<string, unknown>>[],
): WebFinger {
  const valueOf = (name: string, attribute: "href" | "template"): string | null => {
    const value = links.find((link) => link["rel"] === name)?.[attribute];
    return typeof value === "string" ? value : null;
  };
  const href = (name: string): string | null => valueOf(name, "href");
  const hcardUrl = href(rel.REL_HCARD);
  const seedUrl = href(rel.REL_SEED);
  if (subject === "" || hcardUrl === null || seedUrl === null) {
    throw new DxError("DX_DISCOVERY_INVALID", {
      detail: "no subject, no hCard or no seed location",
    });
  }
  if (!isUriWithHostAndPath(hcardUrl) || !isUriWithHost(seedUrl)) {
    throw new DxError("DX_DISCOVERY_INVALID", { detail: "hCard or seed location is no URL" });
  }
  const key = href(rel.REL_PUBLIC_KEY);
  return {
    subject,
    hcardUrl,
    seedUrl,
    profileUrl: href(rel.REL_PROFILE),
    atomUrl: href(rel.REL_ATOM),
    salmonUrl: href(rel.REL_SALMON),
    subscribeUrl: valueOf(rel.REL_SUBSCRIBE, "template"),
    aliasUrl,
    guid: href(rel.REL_GUID),
    publicKeyPem: key === null ? null : Buffer.from(key, "base64").toString("utf8"),
  };
}

/**
 * §11: the subject, without `acct:` and in lower case, has to be the ID that was asked for;
 * some servers answer with a profile URL.
 * @throws {DxError} `DX_DISCOVERY_MISMATCH`
 */
export function checkSubject(wanted: DiasporaId, { subject }: WebFinger): void {
  if (
    subject
      .trim()
      .replace(/^acct:/, "")
      .toLowerCase() !== wanted
  ) {
    throw new DxError("DX_DISCOVERY_MISMATCH", { evidence: { host: hostOf(wanted) } });
  }
}
