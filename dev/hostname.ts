/**
 * The XMPP domain of a development machine: `<hostname>.local`, made of whatever the
 * machine calls itself (RFC 1123 §2.1 labels, RFC 6762 §3 for `.local`).
 */
import { hostname } from "node:os";

const FALLBACK = "diaspora-x";
/** One label has 63 octets (RFC 1035 §2.3.4); two-pod names put `a.` before it. */
const MAX_LABEL = 40;

/** What a hostname says about nothing: every machine in a container or a fresh image has it. */
const MEANINGLESS = new Set(["", "localhost", "local", "localdomain"]);

export function developmentDomain(raw: string = hostname()): string {
  // `laptop.example.org` and `laptop.local` are both the machine `laptop`.
  const first = raw.trim().split(".")[0] ?? "";
  const label = first
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, MAX_LABEL)
    .replace(/^-+|-+$/g, "");
  if (MEANINGLESS.has(label)) return `${FALLBACK}.local`;
  // A name of digits alone reads as part of an IPv4 address (RFC 1123 §2.1).
  return /^\d+$/.test(label) ? `host-${label}.local` : `${label}.local`;
}
