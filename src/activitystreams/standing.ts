/**
 * What the operator has said of pods, people and XMPP addresses, and whom it concerns. A domain
 * stands for all below it, and the longest name that fits counts.
 */
import { domainToASCII } from "node:url";
import { domainOf, hostOf, localOf, type DiasporaId, type Jid } from "./ids.ts";

/**
 * `suspend`: nothing comes and nothing goes. `silence`: only for who follows. `allow`: neither,
 * whatever is said of the domain above; with a list of pods, one of the list.
 */
export type Severity = "allow" | "silence" | "suspend";

/** `pod`: a host or a domain. `person`: a diaspora* ID. `jid`: a bare JID or a domain of XMPP. */
export type StandingKind = "pod" | "person" | "jid";

export interface Standing {
  readonly kind: StandingKind;
  readonly subject: string;
  readonly severity: Severity;
  /** Why, in the operator's words. */
  readonly reason: string | null;
  /** Pictures of this pod are neither fetched nor kept. */
  readonly rejectMedia: boolean;
  /** Nothing here: kept for the programs that know it. */
  readonly rejectReports: boolean;
  readonly obfuscate: boolean;
}

/** What follows for somebody; null: nothing. */
export type Verdict = "silence" | "suspend" | null;

export interface Standings {
  /** With or without a port. */
  ofHost(host: string): Verdict;
  /** `podUrl`: where the person's pod is, when it is known. */
  ofPerson(id: DiasporaId, podUrl?: string): Verdict;
  ofJid(jid: Jid): Verdict;
  /** Named by the operator, not only missing from a list. */
  isSuspended(host: string): boolean;
  isAllowed(host: string): boolean;
  rejectsMedia(host: string): boolean;
  readonly size: number;
  /** What is said of exactly this; null: nothing. */
  find(kind: StandingKind, subject: string): Standing | null;
}

/** `listed`: pods that nobody named are suspended. */
export function createStandings(all: Iterable<Standing>, listed: boolean): Standings {
  const byKey = new Map<string, Standing>();
  for (const standing of all) byKey.set(keyOf(standing.kind, standing.subject), standing);
  const find = (kind: StandingKind, subject: string): Standing | null =>
    byKey.get(keyOf(kind, subject)) ?? null;
  const above = (kind: StandingKind, domain: string): Standing | null => {
    for (const name of domainsAbove(domain)) {
      const found = find(kind, name);
      if (found !== null) return found;
    }
    return null;
  };
  const pod = (host: string): Standing | null => above("pod", hostName(host));
  const ofHost = (host: string): Verdict => {
    const found = pod(host);
    return found === null && listed ? "suspend" : verdictOf(found);
  };
  return {
    ofHost,
    ofPerson(id, podUrl) {
      const hosts = [hostOf(id), ...(podUrl === undefined ? [] : [hostOfUrl(podUrl)])];
      const verdicts = hosts.map(ofHost);
      // No person is more open than the pod: nothing of it is contacted.
      if (verdicts.includes("suspend")) return "suspend";
      const person = find("person", id);
      if (person !== null) return verdictOf(person);
      return verdicts.includes("silence") ? "silence" : null;
    },
    ofJid(jid) {
      const own = localOf(jid) === null ? null : find("jid", jid);
      return verdictOf(own ?? above("jid", domainOf(jid)));
    },
    isSuspended: (host) => pod(host)?.severity === "suspend",
    isAllowed: (host) => pod(host)?.severity === "allow",
    rejectsMedia: (host) => pod(host)?.rejectMedia === true || pod(host)?.severity === "suspend",
    size: byKey.size,
    find,
  };
}

export const NO_STANDINGS = createStandings([], false);

function keyOf(kind: StandingKind, subject: string): string {
  return `${kind} ${subject}`;
}

function verdictOf(standing: Standing | null): Verdict {
  return standing === null || standing.severity === "allow" ? null : standing.severity;
}

/** Itself and every domain above it, the longest first. */
export function domainsAbove(domain: string): string[] {
  const labels = domain.split(".");
  return labels.map((_, index) => labels.slice(index).join("."));
}

/** Without the port; names in their ASCII form, in which two are compared. */
export function hostName(host: string): string {
  const name = host.startsWith("[") ? host.slice(0, host.indexOf("]") + 1) : host.split(":")[0];
  const folded = (name ?? "").toLowerCase().replace(/\.$/, "");
  return /^[!-~]*$/.test(folded) ? folded : domainToASCII(folded);
}

export function hostOfUrl(url: string): string {
  return URL.canParse(url) ? new URL(url).host : "";
}
