/**
 * WebFinger (RFC 7033) as the federation uses it: a JRD whose links lead to the hCard and
 * to the pod (diaspora-protocol.md §11). Read and written as values.
 */
import { z } from "zod";
import { hostOf, userOf, type DiasporaId, type Guid } from "../../activitystreams/ids.ts";
import { DxError } from "../../errors/error.ts";
import { isUri, isUriWithHostAndPath } from "../entities/rules.ts";
import * as rel from "./rels.ts";

/** What the federation reads out of a WebFinger document, JRD or XRD. */
export interface WebFinger {
  /** As written: with or without `acct:`, in any case. */
  readonly subject: string;
  readonly hcardUrl: string;
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

export interface Link {
  readonly rel: string;
  readonly type?: string;
  readonly href?: string;
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

export function aliasOf({ guid, podUrl }: WebFingerPerson): string {
  return `${podUrl}people/${encodeURIComponent(guid)}`;
}

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

const LINK = z.object({
  rel: z.string().optional(),
  href: z.string().nullish(),
  template: z.string().nullish(),
});
const JRD = z.object({
  subject: z.string().min(1),
  aliases: z.array(z.unknown()).optional(),
  links: z.array(LINK),
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

/** Throws DX_DISCOVERY_DOCUMENT, DX_DISCOVERY_INCOMPLETE or DX_DISCOVERY_INVALID. */
export function parseWebfingerJrd(text: string): WebFinger {
  const jrd = JRD.safeParse(parseJson(text));
  if (!jrd.success) throw new DxError("DX_DISCOVERY_INCOMPLETE", { detail: "WebFinger" });
  const { subject, aliases, links } = jrd.data;
  const alias = aliases?.[0];
  return webfingerFrom(subject, typeof alias === "string" ? alias : null, links);
}

type AnyLink = z.infer<typeof LINK>;

/** The same for both forms of the document. The first link of a relation counts. */
export function webfingerFrom(
  subject: string,
  aliasUrl: string | null,
  links: readonly AnyLink[],
): WebFinger {
  const first = (name: string): AnyLink | undefined => links.find((link) => link.rel === name);
  const href = (name: string): string | null => first(name)?.href ?? null;
  const hcardUrl = href(rel.REL_HCARD);
  const seedUrl = href(rel.REL_SEED);
  if (hcardUrl === null || seedUrl === null) {
    throw new DxError("DX_DISCOVERY_INVALID", { detail: "no hCard or no seed location" });
  }
  if (!isUriWithHostAndPath(hcardUrl) || !isUri(seedUrl)) {
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
    subscribeUrl: first(rel.REL_SUBSCRIBE)?.template ?? null,
    aliasUrl,
    guid: href(rel.REL_GUID),
    publicKeyPem: key === null ? null : Buffer.from(key, "base64").toString("utf8"),
  };
}

/**
 * §11: the subject, without `acct:` and in lower case, has to be the ID that was asked for;
 * some servers answer with a profile URL. Throws DX_DISCOVERY_MISMATCH.
 */
export function checkSubject(wanted: DiasporaId, { subject }: WebFinger): void {
  if (subject.replace(/^acct:/, "").toLowerCase() !== wanted) {
    throw new DxError("DX_DISCOVERY_MISMATCH", { evidence: { host: hostOf(wanted) } });
  }
}
