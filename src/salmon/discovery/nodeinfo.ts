/**
 * NodeInfo 1.0, 2.0 and 2.1 (https://nodeinfo.diaspora.software/schema), and the document
 * that links to them. Pods fetch the highest version they know and check it against the
 * JSON schema (diaspora-protocol.md §12).
 */
import { z } from "zod";
import { DxError } from "../../errors/error.ts";
import { MAX_DOCUMENT_LENGTH, MAX_LINKS } from "./webfinger.ts";

/** The versions that are written and read, lowest first. */
export const NODEINFO_VERSIONS = ["1.0", "2.0", "2.1"] as const;
/** One of {@link NODEINFO_VERSIONS}. */
export type NodeInfoVersion = (typeof NODEINFO_VERSIONS)[number];

const REL_PREFIX = "http://nodeinfo.diaspora.software/ns/schema/";

/** What a NodeInfo document of any version is made from. */
export interface NodeInfoFacts {
  readonly software: {
    /** `[a-z0-9-]+`. */
    readonly name: string;
    readonly version: string;
    /** URL of the source code; shown since 2.1. */
    readonly repository?: string;
    /** Shown since 2.1. */
    readonly homepage?: string;
  };
  readonly openRegistrations: boolean;
  /** Whole numbers, not negative. */
  readonly usage: { readonly people: number; readonly posts: number };
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** Words of the list that the schema has since 2.0. */
const PROTOCOLS = ["diaspora", "xmpp"] as const;

/** All the names that 1.0 allows. */
const NAMES_OF_1_0: readonly string[] = ["diaspora", "friendica", "redmatrix"];
/** `xmpp` is a service in 1.0, not yet a protocol. */
const PROTOCOLS_OF_1_0 = { inbound: ["diaspora"], outbound: ["diaspora"] } as const;

/**
 * The answer to `/.well-known/nodeinfo`; `application/json`.
 * @param podUrl - scheme, host and port, with a final slash
 */
export function nodeinfoLinks(podUrl: string): {
  readonly links: readonly { readonly rel: string; readonly href: string }[];
} {
  return {
    links: NODEINFO_VERSIONS.map((version) => ({
      rel: `${REL_PREFIX}${version}`,
      href: `${podUrl}nodeinfo/${version}`,
    })),
  };
}

/** True for one of {@link NODEINFO_VERSIONS}. */
export function isNodeInfoVersion(text: string): text is NodeInfoVersion {
  return NODEINFO_VERSIONS.some((version) => version === text);
}

/** Repository and homepage exist since 2.1. */
function softwareOf(
  version: NodeInfoVersion,
  { name, version: release, repository, homepage }: NodeInfoFacts["software"],
): Readonly<Record<string, string>> {
  // COMPAT(NodeInfo 1.0): whoever is none of the three is called after the protocol it speaks,
  // or the document would break the schema; the version says who it is.
  if (version === "1.0" && !NAMES_OF_1_0.includes(name)) {
    return { name: "diaspora", version: `${release} (${name})` };
  }
  return {
    name,
    version: release,
    ...(version === "2.1" && repository !== undefined ? { repository } : {}),
    ...(version === "2.1" && homepage !== undefined ? { homepage } : {}),
  };
}

/**
 * The document of one version, valid against its schema; `application/json` with the
 * schema's URL and `#` as the profile.
 */
export function nodeinfoDocument(
  version: NodeInfoVersion,
  { software, openRegistrations, usage, metadata = {} }: NodeInfoFacts,
): Readonly<Record<string, unknown>> {
  return {
    version,
    software: softwareOf(version, software),
    // One list of protocols since 2.0.
    protocols: version === "1.0" ? PROTOCOLS_OF_1_0 : PROTOCOLS,
    services: { inbound: [], outbound: [] },
    openRegistrations,
    usage: { users: { total: usage.people }, localPosts: usage.posts },
    metadata,
  };
}

const LINK = z.record(z.string(), z.unknown());
const LINKS = z.object({ links: z.array(LINK).max(MAX_LINKS) });
const DOCUMENT = z.object({
  software: z.object({
    name: z.string().max(255),
    // COMPAT(Hubzilla): an operator may hide the version.
    version: z.string().max(255).nullish(),
  }),
});

function parseJson<T>(schema: z.ZodType<T>, text: string): T {
  try {
    if (text.length > MAX_DOCUMENT_LENGTH) throw new RangeError("length");
    const value: unknown = JSON.parse(text);
    return schema.parse(value);
  } catch {
    throw new DxError("DX_DISCOVERY_DOCUMENT", { detail: "NodeInfo" });
  }
}

/**
 * The URL of the highest version that we read, out of `/.well-known/nodeinfo`; null when
 * there is none.
 * @throws {DxError} `DX_DISCOVERY_DOCUMENT`
 */
export function parseNodeinfoLinks(text: string): string | null {
  const { links } = parseJson(LINKS, text);
  for (const version of NODEINFO_VERSIONS.toReversed()) {
    const link = links.find(({ rel }) => rel === `${REL_PREFIX}${version}`);
    if (typeof link?.["href"] === "string") return link["href"];
  }
  return null;
}

/** What a server says of itself. */
export interface NodeSoftware {
  /** As written; the schema wants `[a-z0-9-]+`. */
  readonly name: string;
  /** As written; empty where it is not told. */
  readonly version: string;
}

/**
 * What the other server runs, of any version of the document.
 * @throws {DxError} `DX_DISCOVERY_DOCUMENT`
 */
export function parseNodeinfo(text: string): NodeSoftware {
  const { name, version } = parseJson(DOCUMENT, text).software;
  return { name, version: version ?? "" };
}
