/** What is mutated: the golden vectors, sorted by the door at which they come in. */
import { fileURLToPath } from "node:url";
import { z } from "zod";
import {
  readSurroundings,
  readVectors,
  type Surroundings,
  type Vector,
} from "../../../scripts/conformance/vectors.ts";
import { serialise } from "../../../src/xml/serialise.ts";
import { xmppSeeds } from "./xmpp-corpus.ts";
import { markdownToXhtml } from "../../../src/activitystreams/markdown.ts";
import { parseGuid } from "../../../src/activitystreams/ids.ts";
import { NODEINFO_VERSIONS, nodeinfoDocument } from "../../../src/salmon/discovery/nodeinfo.ts";
import { nodeinfoLinks } from "../../../src/salmon/discovery/nodeinfo.ts";

/** The doors: two to receive at, the documents of discovery, the words themselves, and XMPP's. */
export type Door =
  | ("public" | "private")
  | ("webfinger" | "xrd" | "host-meta" | "hcard" | "nodeinfo")
  | ("text" | "xhtml")
  | ("entry" | "attachments" | "card" | "stanza");

export interface Seed {
  readonly name: string;
  readonly door: Door;
  readonly text: string;
  /** At the private door: a role of keys.json. */
  readonly recipient: string | null;
}

/** The AES key and IV of a private vector, with the form in which its recipient can read them. */
export interface WrappedKey {
  readonly recipient: string;
  readonly aesKey: string;
  readonly key: Buffer;
  readonly iv: Buffer;
}

export interface Corpus {
  readonly seeds: readonly Seed[];
  /** Payloads of messages: to be mutated, then signed. */
  readonly payloads: readonly Seed[];
  readonly wrappedKeys: readonly WrappedKey[];
  readonly surroundings: Surroundings;
}

const NOW = new Date("2026-01-02T03:04:05Z");
const DIR = fileURLToPath(new URL("../../fixtures/diaspora/", import.meta.url));

const DOORS: readonly (readonly [kinds: RegExp, door: Door])[] = [
  [/^discovery-webfinger$/, "webfinger"],
  [/^discovery-webfinger-xrd$/, "xrd"],
  [/^discovery-host-meta$/, "host-meta"],
  [/^discovery-hcard$/, "hcard"],
  [/encrypted|private/, "private"],
  [/envelope|slap|public|legacy/, "public"],
];

const BODIES = ["body", "slap_xml", "form_body_single", "form_body_double"];
const TEXTS = z.record(z.string(), z.unknown());

function texts(of: Readonly<Record<string, unknown>>, names: readonly string[]): string[] {
  return names.map((name) => of[name]).filter((text) => typeof text === "string");
}

function seedsOf({ name, kind, input }: Vector): Seed[] {
  const door = DOORS.find(([kinds]) => kinds.test(kind))?.[1];
  if (door === undefined) return [];
  const recipient = typeof input["recipient"] === "string" ? input["recipient"] : null;
  // An encrypted slap stands in negative-legacy too.
  const at = door === "public" && recipient !== null ? "private" : door;
  return texts(input, BODIES).map((text) => ({ name, door: at, text, recipient }));
}

function payloadsOf({ name, input, expected }: Vector): Seed[] {
  const found = [
    ...texts(expected ?? {}, ["payload_xml", "xml", "wrapped_xml"]),
    ...texts(input, ["xml"]),
  ];
  return found.map((text) => ({ name, door: "public", text, recipient: null }));
}

const AES = z.object({ key: z.string(), iv: z.string() });

function wrappedKeyOf({ kind, input, expected }: Vector): WrappedKey[] {
  const aes = AES.safeParse(expected?.["aes"]);
  const { body, recipient } = input;
  if (kind !== "encrypted-magic-envelope" || !aes.success) return [];
  if (typeof body !== "string" || typeof recipient !== "string") return [];
  const aesKey = TEXTS.parse(JSON.parse(body))["aes_key"];
  const [key, iv] = [aes.data.key, aes.data.iv].map((text) => Buffer.from(text, "base64"));
  if (typeof aesKey !== "string" || key === undefined || iv === undefined) return [];
  return [{ recipient, aesKey, key, iv }];
}

const GUID = parseGuid("0123456789abcdef");

const WORDS = [
  "Hello @{Alice; alice@pod.example}, @{bob@pod.example}: #tag #<3 #2",
  `see diaspora://alice@pod.example:3000/post/${String(GUID)} and web+diaspora://`,
  '# Title\n\n* one\n* *two* **three** `four`\n\n> [five](https://a.example/ "six")\n\n```\n7\n```',
  "|a|b|\n|-|-|\n|1|2|\n\n![alt](https://a.example/b.png) ~~gone~~ <b>no</b> &amp; &#65;",
  "مرحبا 👨‍👩‍👧‍👦 e\u0301 \u202e zoë@pöd.example",
];

function ownSeeds(): Seed[] {
  const usage = { people: 1, posts: 2 };
  const software = { name: "diaspora", version: "0.9.1.0" };
  const documents = NODEINFO_VERSIONS.map((version) =>
    nodeinfoDocument(version, { software, openRegistrations: true, usage }),
  );
  const texts: readonly (readonly [Door, readonly string[]])[] = [
    [
      "nodeinfo",
      [nodeinfoLinks("https://pod.example/"), ...documents].map((one) => JSON.stringify(one)),
    ],
    ["text", WORDS],
    ["xhtml", WORDS.map((words) => serialise(markdownToXhtml(words)))],
  ];
  return texts.flatMap(([door, all]) =>
    all.map((text) => ({ name: `own ${door}`, door, text, recipient: null })),
  );
}

export async function readCorpus(): Promise<Corpus> {
  const vectors: Vector[] = [];
  for await (const vector of readVectors(DIR, [])) vectors.push(vector);
  const surroundings = await readSurroundings(DIR, NOW);
  return {
    seeds: [...vectors.flatMap(seedsOf), ...ownSeeds(), ...xmppSeeds()],
    payloads: vectors.flatMap(payloadsOf),
    wrappedKeys: vectors.flatMap(wrappedKeyOf),
    surroundings,
  };
}
