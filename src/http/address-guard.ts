/**
 * Which addresses the daemon may contact for a stranger's sake. Everything that a peer
 * names (hcard_url, seed_location, a redirect's Location) passes here twice: the URL when
 * it is read, and the IP address when it is dialled, so that a name which resolves
 * differently the second time (DNS rebinding) gains nothing.
 *
 * Ranges: IANA special-purpose registries (RFC 6890), by ipaddr.js, narrowed for IPv6 to
 * what is allotted as global unicast (2000::/3).
 */
import ipaddr from "ipaddr.js";
import { DxError } from "../errors/error.ts";

/** Long enough for every URL of the federation, short enough for a log. */
export const MAX_URL_LENGTH = 2048;

export interface UrlRules {
  /** Development only: plain HTTP to any host. */
  readonly allowHttp: boolean;
}

const GLOBAL_UNICAST = ipaddr.IPv6.parse("2000::");

/** True for an address on the public Internet. Anything that is no IP address is not. */
export function isPublicAddress(text: string): boolean {
  // A zone (`fe80::1%eth0`) exists only for addresses of this link.
  if (text.includes("%") || !ipaddr.isValid(text)) return false;
  const address = ipaddr.parse(text);
  // `unicast` is what is left when no special range of ipaddr.js fits. IPv4 in IPv6
  // (mapped, NAT64, 6to4, Teredo) is special whatever it contains: one form per address.
  if (address.range() !== "unicast") return false;
  return address.kind() === "ipv4" || isGlobalUnicast(address);
}

function isGlobalUnicast(address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  return address instanceof ipaddr.IPv6 && address.match(GLOBAL_UNICAST, 3);
}

/** The host of a URL as an IP address without brackets, or null when it is a name. */
export function literalAddress(url: URL): string | null {
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  return ipaddr.isValid(host) ? host : null;
}

type Refusal = readonly [refuses: (url: URL, rules: UrlRules) => boolean, detail: string];

const ONLY_HTTPS = "only https is spoken";

const REFUSALS: readonly Refusal[] = [
  [({ protocol }, rules) => !isSpoken(protocol, rules), ONLY_HTTPS],
  [({ username, password }) => username !== "" || password !== "", "it carries a user name"],
  // `pod.example.` and `pod.example` are one host with two names, which defeats same-host rules.
  [({ hostname }) => hostname === "" || hostname.endsWith("."), "its host ends in a dot"],
  [({ port }) => !isWebPort(port), "this port is none of the web's"],
];

function isSpoken(protocol: string, rules: UrlRules): boolean {
  return protocol === "https:" || (protocol === "http:" && rules.allowHttp);
}

function isWebPort(port: string): boolean {
  return port === "" || port === "80" || port === "443" || Number(port) >= 1024;
}

/**
 * Reads a URL that is to be contacted, or throws DX_ADDRESS_FORBIDDEN. The URL parser
 * (WHATWG) has turned decimal, octal and hexadecimal hosts into dotted ones before the
 * address is looked at. Ports: the two of HTTP, and 1024 upwards because a diaspora* ID
 * may name one; the services of an operating system live below.
 */
export function readUrl(text: string, rules: UrlRules): URL {
  if (text.length > MAX_URL_LENGTH) throw forbidden("the URL is too long");
  const url = URL.parse(text);
  if (url === null) throw forbidden("this is no absolute URL");
  for (const [refuses, detail] of REFUSALS) {
    if (refuses(url, rules)) throw forbidden(detail, url);
  }
  url.hash = "";
  return url;
}

/** What `readUrl` refuses where plain HTTP is not allowed. */
export function refusePlainHttp(url: URL): void {
  if (url.protocol !== "https:") throw forbidden(ONLY_HTTPS, url);
}

/** Throws DX_ADDRESS_FORBIDDEN when the URL's host is an IP address that may not be dialled. */
export function refusePrivateLiteral(url: URL): void {
  const literal = literalAddress(url);
  if (literal !== null && !isPublicAddress(literal)) {
    throw forbidden("it is not on the public Internet", url);
  }
}

export function forbidden(detail: string, url?: URL): DxError {
  return new DxError("DX_ADDRESS_FORBIDDEN", {
    detail,
    ...(url === undefined ? {} : { evidence: { host: url.host.slice(0, 255) } }),
  });
}
