/**
 * Both sides of discovery (diaspora* federation §11) as the test peer has them: the
 * documents about its own people, and the client that finds other people's.
 */
import { peerFetch, type HostPorts } from "./peer-http.ts";
import { hostOfPerson, record, text, type PeerPerson } from "./peer-person.ts";
import { firstOfClass, node, parseHtml, writeXml, type Tree } from "./peer-xml.ts";

const REL_HCARD = "http://microformats.org/profile/hcard";
const REL_SEED = "http://joindiaspora.com/seed_location";

export interface DiscoveredPerson {
  readonly id: string;
  readonly guid: string;
  readonly name: string;
  readonly publicPem: string;
  /** The pod's base, with a final slash. */
  readonly seed: string;
}

/** Throws with what is missing; null when WebFinger says that there is nobody. */
export async function discover(id: string, hosts: HostPorts): Promise<DiscoveredPerson | null> {
  const host = hostOfPerson({ id });
  const resource = encodeURIComponent(`acct:${id}`);
  const jrd = await peerFetch(`https://${host}/.well-known/webfinger?resource=${resource}`, hosts);
  if (jrd.status === 404) return null;
  if (jrd.status !== 200) throw new Error(`WebFinger answers ${String(jrd.status)}`);
  const document = record(JSON.parse(jrd.body));
  if (document["subject"] !== `acct:${id}`) throw new Error(`the subject is not acct:${id}`);
  const seed = hrefOf(document["links"], REL_SEED);
  const page = await peerFetch(hrefOf(document["links"], REL_HCARD), hosts);
  if (page.status !== 200) throw new Error(`the hCard answers ${String(page.status)}`);
  return { id, seed: `${new URL(seed).origin}/`, ...readCard(page.body) };
}

function hrefOf(links: unknown, rel: string): string {
  if (!Array.isArray(links)) throw new Error("the JRD has no links");
  const link = links.map(record).find((each) => each["rel"] === rel);
  if (link === undefined) throw new Error(`the JRD has no link ${rel}`);
  return text(link["href"]);
}

function readCard(html: string): { guid: string; name: string; publicPem: string } {
  const root = parseHtml(html);
  const of = (name: string): string => {
    const found = firstOfClass(root, name)?.textContent ?? null;
    if (found === null) throw new Error(`the hCard has no ${name}`);
    return found.trim();
  };
  for (const photo of ["entity_photo", "entity_photo_medium", "entity_photo_small"]) {
    const holder = firstOfClass(root, photo);
    const source = holder === null ? null : firstOfClass(holder, "photo")?.getAttribute("src");
    if (source === null || source === undefined) throw new Error(`the hCard has no ${photo}`);
  }
  return { guid: of("uid"), name: of("fn"), publicPem: of("key") };
}

export function webfingerJrd(person: PeerPerson): string {
  const base = `https://${hostOfPerson(person)}`;
  const link = (rel: string, type: string, href: string) => ({ rel, type, href });
  return JSON.stringify({
    subject: `acct:${person.id}`,
    aliases: [`${base}/people/${person.guid}`],
    links: [
      link(REL_HCARD, "text/html", `${base}/hcard/users/${person.guid}`),
      link(REL_SEED, "text/html", `${base}/`),
      link("http://webfinger.net/rel/profile-page", "text/html", `${base}/u/${person.name}`),
    ],
  });
}

export function hostMeta(host: string): string {
  const template = `https://${host}/webfinger?q={uri}`;
  return writeXml(
    node("XRD", {}, node("Link", { rel: "lrdd", type: "application/xrd+xml", template })),
    "http://docs.oasis-open.org/ns/xri/xrd-1.0",
  );
}

export function hcard(person: PeerPerson): string {
  const base = `https://${hostOfPerson(person)}/`;
  const photo = (name: string, size: string): Tree => {
    const picture = { class: "photo avatar", width: size, height: size, src: `${base}p.png` };
    return node("dl", { class: name }, node("dd", {}, node("img", picture)));
  };
  const entry = (name: string, value: string, tag = "span"): Tree =>
    node("dl", { class: `entity_${name}` }, node("dd", {}, node(tag, { class: name }, value)));
  const card = node(
    "div",
    { class: "entity_profile vcard author" },
    entry("uid", person.guid),
    entry("nickname", person.name),
    entry("fn", person.name),
    entry("searchable", "true"),
    entry("key", person.publicPem, "pre"),
    entry("given_name", person.name),
    entry("family_name", ""),
    photo("entity_photo", "300"),
    photo("entity_photo_medium", "100"),
    photo("entity_photo_small", "50"),
  );
  return writeXml(node("html", {}, node("body", {}, card)));
}
