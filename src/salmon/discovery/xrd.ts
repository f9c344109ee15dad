/**
 * XRD 1.0: host-meta (RFC 6415) and the legacy WebFinger document (diaspora-protocol.md
 * §11). COMPAT(diaspora < 0.9, Friendica, Python federation): they still ask for these.
 */
import { DxError, isDxError } from "../../errors/error.ts";
import { child, childrenNamed, childText, el, type XmlElement } from "../../xml/element.ts";
import { readXml } from "../../xml/reader.ts";
import { serialiseDocument } from "../../xml/serialise.ts";
import { encodeBase64 } from "../base64.ts";
import { REL_GUID, REL_LRDD, REL_PUBLIC_KEY } from "./rels.ts";
import { aliasOf, webfingerFrom, webfingerLinks } from "./webfinger.ts";
import type { Link, WebFinger, WebFingerPerson } from "./webfinger.ts";

const NS_XRD = "http://docs.oasis-open.org/ns/xri/xrd-1.0";

function xrd(...children: readonly XmlElement[]): string {
  return serialiseDocument(el("XRD", { xmlns: NS_XRD }, children));
}

function linkElement({ rel, type, href, template }: Link): XmlElement {
  return el("Link", { rel, type, href, template });
}

/**
 * `/.well-known/host-meta` (RFC 6415); `application/xrd+xml`.
 * @param podUrl - scheme, host and port, with a final slash
 */
export function hostMeta(podUrl: string): string {
  const template = `${podUrl}.well-known/webfinger.xml?resource={uri}`;
  return xrd(linkElement({ rel: REL_LRDD, type: "application/xrd+xml", template }));
}

/**
 * The legacy WebFinger document, with guid and key as the oldest readers want them;
 * `application/xrd+xml`.
 */
export function webfingerXrd(person: WebFingerPerson & { readonly publicKeyPem: string }): string {
  const key = encodeBase64(Buffer.from(person.publicKeyPem));
  return xrd(
    el("Subject", {}, `acct:${person.diasporaId}`),
    el("Alias", {}, aliasOf(person)),
    ...webfingerLinks(person).map(linkElement),
    linkElement({ rel: REL_GUID, type: "text/html", href: person.guid }),
    linkElement({ rel: REL_PUBLIC_KEY, type: "RSA", href: key }),
  );
}

function readXrd(text: string): XmlElement {
  let root: XmlElement;
  try {
    root = readXml(text);
  } catch (error) {
    throw new DxError("DX_DISCOVERY_DOCUMENT", {
      detail: isDxError(error) ? error.code : "XRD",
    });
  }
  if (root.local !== "XRD") throw new DxError("DX_DISCOVERY_DOCUMENT", { detail: "no XRD" });
  if (root.ns !== NS_XRD) throw new DxError("DX_DISCOVERY_INCOMPLETE", { detail: "no XRD" });
  return root;
}

/**
 * The template of the first `lrdd` link, with `{uri}` in it, for {@link expandTemplate}.
 * diaspora* 0.9 has a host-meta without one.
 * @throws {DxError} `DX_DISCOVERY_DOCUMENT` for what is no XML, else `DX_DISCOVERY_INCOMPLETE`
 */
export function parseHostMeta(text: string): string {
  const link = childrenNamed(readXrd(text), "Link", NS_XRD).find(
    ({ attrs }) => attrs["rel"] === REL_LRDD,
  );
  const template = link?.attrs["template"];
  if (template === undefined) throw new DxError("DX_DISCOVERY_INCOMPLETE", { detail: "no lrdd" });
  const origin = /^https?:\/\/[^/]*/i.exec(template)?.[0];
  // Behind the host: nobody's host is to be made of whom we look for.
  if (origin === undefined || !template.slice(origin.length).includes("{uri}")) {
    throw new DxError("DX_DISCOVERY_INCOMPLETE", { detail: "lrdd without {uri}" });
  }
  return template;
}

/** The URL to ask for this person: RFC 6415 wants the `{uri}` percent-encoded. */
export function expandTemplate(template: string, diasporaId: string): string {
  return template.replaceAll("{uri}", encodeURIComponent(`acct:${diasporaId}`));
}

/**
 * A legacy WebFinger document. XML is case-sensitive: the `<link>` that Friendica writes is
 * not a `<Link>`, and Friendica is found by its JRD.
 * @throws {DxError} `DX_DISCOVERY_DOCUMENT`, `DX_DISCOVERY_INCOMPLETE`, `DX_DISCOVERY_INVALID`
 */
export function parseWebfingerXrd(text: string): WebFinger {
  const root = readXrd(text);
  const subject = childText(root, "Subject", NS_XRD);
  const links = childrenNamed(root, "Link", NS_XRD);
  if (subject === undefined || links.length === 0) {
    throw new DxError("DX_DISCOVERY_INCOMPLETE", { detail: "WebFinger XRD" });
  }
  const alias = child(root, "Alias", NS_XRD);
  return webfingerFrom(
    subject,
    alias === undefined ? null : (childText(root, "Alias", NS_XRD) ?? null),
    links.map(({ attrs }) => attrs),
  );
}
