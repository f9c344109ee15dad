/**
 * NodeInfo 1.0, 2.0 and 2.1 (https://nodeinfo.diaspora.software/schema), and the document
 * that links to them. Pods fetch the highest version they know and check it against the
 * JSON schema (diaspora-protocol.md §12).
 */
import { z } from "zod";
import { DxError } from "../../errors/error.ts";
import { MAX_DOCUMENT_LENGTH } from "./webfinger.ts";

export const NODEINFO_VERSIONS = ["1.0", "2.0", "2.1"] as const;
export type NodeInfoVersion = (typeof NODEINFO_VERSIONS)[number];

const REL_PREFIX = "http://nodeinfo.diaspora.software/ns/schema/";

export interface NodeInfoFacts {
  readonly software: {
    /** `[a-z0-9-]+`. */
    readonly name: string;
    readonly version: string;
    readonly repository?: string;
    readonly homepage?: string;
  };
  readonly openRegistrations: boolean;
  readonly usage: { readonly people: number; readonly posts: number };
  readonly metadata?: Readonly<Record<string, unknown>>;
}

// Words of the schema's own list; `xmpp` is among its protocols since 1.0.
const PROTOCOLS = ["diaspora", "xmpp"] as const;

/** `/.well-known/nodeinfo`. */
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

export function isNodeInfoVersion(text: string): text is NodeInfoVersion {
  return NODEINFO_VERSIONS.some((version) => version === text);
}

/** Repository and homepage exist since 2.1; one list of protocols since 2.0. */
export function nodeinfoDocument(
  version: NodeInfoVersion,
  { software, openRegistrations, usage, metadata = {} }: NodeInfoFacts,
): Readonly<Record<string, unknown>> {
  const { name, version: release, repository, homepage } = software;
  const more = {
    ...(repository === undefined ? {} : { repository }),
    ...(homepage === undefined ? {} : { homepage }),
  };
  return {
    version,
    software: { name, version: release, ...(version === "2.1" ? more : {}) },
    protocols: version === "1.0" ? { inbound: PROTOCOLS, outbound: PROTOCOLS } : PROTOCOLS,
    services: { inbound: [], outbound: [] },
    openRegistrations,
    usage: { users: { total: usage.people }, localPosts: usage.posts },
    metadata,
  };
}

const LINKS = z.object({ links: z.array(z.object({ rel: z.string(), href: z.string() })) });
const DOCUMENT = z.object({
  software: z.object({ name: z.string().max(255), version: z.string().max(255) }),
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

/** The URL of the highest version that we read; null when there is none. */
export function parseNodeinfoLinks(text: string): string | null {
  const { links } = parseJson(LINKS, text);
  for (const version of NODEINFO_VERSIONS.toReversed()) {
    const link = links.find(({ rel }) => rel === `${REL_PREFIX}${version}`);
    if (link !== undefined) return link.href;
  }
  return null;
}

export interface NodeSoftware {
  readonly name: string;
  readonly version: string;
}

/** What the other server runs, of any version of the document. */
export function parseNodeinfo(text: string): NodeSoftware {
  return parseJson(DOCUMENT, text).software;
}
