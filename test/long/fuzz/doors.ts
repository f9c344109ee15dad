/** The whole receiving path, door by door. What is refused is thrown, as a DxError. */
import { createPrivateKey, type KeyObject } from "node:crypto";
import { depsOf, idOf, roleNamed } from "../../../scripts/conformance/surroundings.ts";
import {
  markdownToXhtml,
  sameWords,
  xhtmlToMarkdown,
} from "../../../src/activitystreams/markdown.ts";
import { mentionsIn, plainMentions } from "../../../src/activitystreams/mentions.ts";
import { tagsIn } from "../../../src/activitystreams/tags.ts";
import { isDxError } from "../../../src/errors/error.ts";
import { messageOf } from "../../../src/federation/form-body.ts";
import { parseHCard } from "../../../src/salmon/discovery/hcard.ts";
import { parseNodeinfo, parseNodeinfoLinks } from "../../../src/salmon/discovery/nodeinfo.ts";
import { personFromDiscovery } from "../../../src/salmon/discovery/person.ts";
import { parseWebfingerJrd } from "../../../src/salmon/discovery/webfinger.ts";
import {
  expandTemplate,
  parseHostMeta,
  parseWebfingerXrd,
} from "../../../src/salmon/discovery/xrd.ts";
import { decryptEnvelope } from "../../../src/salmon/encrypted-envelope.ts";
import { findDiasporaLinks } from "../../../src/salmon/links.ts";
import { claimedSender } from "../../../src/salmon/magic-envelope.ts";
import { openPrivate, openPublic, type OpenedMessage } from "../../../src/salmon/receive/open.ts";
import { entityToActivity } from "../../../src/salmon/translate/from-entity.ts";
import { normalText } from "../../../src/salmon/translate/text.ts";
import { serialise } from "../../../src/xml/serialise.ts";
import { readXml } from "../../../src/xml/reader.ts";
import type { Corpus, Door } from "./corpus.ts";
import type { Input } from "./inputs.ts";
import { passAttachments, passCard, passEntry, passStanza, type Proof } from "./xmpp-doors.ts";

/** What the receiver is for the fuzz: replaced by a test that wants it to fail. */
export interface Receiver {
  readonly openPublic: typeof openPublic;
  readonly openPrivate: typeof openPrivate;
}

export const RECEIVER: Receiver = { openPublic, openPrivate };

/** What was taken, where there is something about it that can be proven. */
export type Taken = OpenedMessage | Proof | null;

type Run = (input: Input, corpus: Corpus, receiver: Receiver) => Taken | Promise<Taken>;

const keys = new Map<string, KeyObject>();

function privateKeyOf(role: string, corpus: Corpus): KeyObject {
  const known = keys.get(role);
  if (known !== undefined) return known;
  const key = createPrivateKey(roleNamed(corpus.surroundings, role).private_key_pkcs8_pem);
  keys.set(role, key);
  return key;
}

/** A message that has no Activity was taken all the same. */
function translated(opened: OpenedMessage, audience: "public" | "limited", now: Date): Taken {
  try {
    entityToActivity(opened.entity, { sender: opened.sender, receivedAt: now, audience });
  } catch (error) {
    if (!isDxError(error, "DX_ENTITY_UNSUPPORTED")) throw error;
  }
  return opened;
}

const receivePublic: Run = async ({ bytes }, { surroundings }, receiver) => {
  const message = messageOf(bytes);
  claimedSender(message);
  const opened = await receiver.openPublic(message, depsOf(surroundings, "world.json"));
  return translated(opened, "public", surroundings.now);
};

const receivePrivate: Run = async ({ bytes, recipient: role }, corpus, receiver) => {
  const name = role ?? "alice";
  const key = privateKeyOf(name, corpus);
  const id = idOf(roleNamed(corpus.surroundings, name).diaspora_id);
  const recipient = {
    id,
    decrypt: (body: Uint8Array) => Promise.resolve(decryptEnvelope(body, key)),
  };
  const deps = depsOf(corpus.surroundings, "world.json");
  const opened = await receiver.openPrivate(messageOf(bytes), recipient, deps);
  return translated(opened, "limited", corpus.surroundings.now);
};

const document =
  (read: (text: string) => unknown): Run =>
  ({ bytes }) => {
    read(new TextDecoder().decode(bytes));
    return null;
  };

const proven =
  (pass: (text: string) => Proof | Promise<Proof>): Run =>
  ({ bytes }) =>
    pass(new TextDecoder().decode(bytes));

const WANTED = idOf("alice@pod.example");
const WEBFINGER = parseWebfingerJrd(
  JSON.stringify({
    subject: `acct:${WANTED}`,
    links: [
      { rel: "http://microformats.org/profile/hcard", href: "https://pod.example/hcard" },
      { rel: "http://joindiaspora.com/seed_location", href: "https://pod.example/" },
    ],
  }),
);

/** The longest that a post may be. */
const MAX_POST = 65_535;

/** What strangers write, on its way to be shown. */
function readWords(text: string): void {
  findDiasporaLinks(text);
  mentionsIn(text);
  plainMentions(text);
  tagsIn(text);
  sameWords(text, "words");
  const post = [...normalText(text)].slice(0, MAX_POST).join("");
  // Whatever was written, an XML reader takes what is shown.
  readXml(serialise(markdownToXhtml(post)), { bytes: 8 << 20, nodes: 200_000 });
}

/** A stanza of an XMPP server's usual limit. */
const MAX_XHTML_BYTES = 256 << 10;

export const DOORS: Readonly<Record<Door, Run>> = {
  public: receivePublic,
  private: receivePrivate,
  webfinger: document(parseWebfingerJrd),
  xrd: document(parseWebfingerXrd),
  "host-meta": document((text) => expandTemplate(parseHostMeta(text), WANTED)),
  hcard: document((text) => personFromDiscovery(WANTED, WEBFINGER, parseHCard(text))),
  nodeinfo: document((text) =>
    text.includes('"links"') ? parseNodeinfoLinks(text) : parseNodeinfo(text),
  ),
  text: document(readWords),
  xhtml: document((text) => xhtmlToMarkdown(readXml(text, { bytes: MAX_XHTML_BYTES }))),
  entry: proven(passEntry),
  attachments: proven(passAttachments),
  card: proven(passCard),
  stanza: proven(passStanza),
};
