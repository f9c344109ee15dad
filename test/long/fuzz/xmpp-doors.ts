/**
 * The doors of the XMPP side: what people and their servers write, through the readers of src/pep
 * and the connector, and out again by the writers of both wings. What does not hold is thrown.
 */
import type { xml } from "@xmpp/component";
import type { Activity, Note } from "../../../src/activitystreams/activity.ts";
import { DxError, isDxError } from "../../../src/errors/error.ts";
import { readChat } from "../../../src/connector/chat-message.ts";
import { submittedFields } from "../../../src/connector/data-form.ts";
import { readingOf } from "../../../src/connector/feed-reading.ts";
import { fromLtx } from "../../../src/connector/from-ltx.ts";
import { pubsubHandlers } from "../../../src/connector/pubsub-handlers.ts";
import { boundedParser } from "../../../src/connector/stream-parser.ts";
import {
  changeAttachments,
  differences,
  NO_ATTACHMENTS,
  readAttachments,
} from "../../../src/pep/attachments.ts";
import { commentFromEntry, isLikeEntry, voteInEntry } from "../../../src/pep/comment-entry.ts";
import { entryFromPost } from "../../../src/pep/entry-from-post.ts";
import { readEntry, type Entry } from "../../../src/pep/entry.ts";
import { namedIn } from "../../../src/pep/entry-mentions.ts";
import { readAvatarData, readAvatarMetadata } from "../../../src/pep/profile/avatar.ts";
import { readNick } from "../../../src/pep/profile/nick.ts";
import { profileFromVcardTemp } from "../../../src/pep/profile/vcard-temp.ts";
import { profileFromVcard4, vcard4Of } from "../../../src/pep/profile/vcard4.ts";
import { readEvent } from "../../../src/pep/read-event.ts";
import { readEntity } from "../../../src/salmon/entities/read.ts";
import { writeEntity } from "../../../src/salmon/entities/write.ts";
import { activityToEntity } from "../../../src/salmon/translate/to-entity.ts";
import { child, type XmlElement } from "../../../src/xml/element.ts";
import { readXml } from "../../../src/xml/reader.ts";
import { serialise } from "../../../src/xml/serialise.ts";
import { guidNumber, jid } from "../../support/fixtures.ts";
import { gatewayBench } from "../../unit/connector/gateway-bench.ts";
import { DOMAIN } from "../../unit/connector/support.ts";
import { ALICE, BOB, contextFor, jidOf } from "../../unit/pep/entry-world.ts";
import { bench as nodesBench } from "../../unit/pep/nodes/support.ts";
import { answerFault, privacyFault, shownFault } from "./xmpp-oracle.ts";

/** What a server sends in one stanza, at most. */
const LIMITS = { bytes: 1 << 20, nodes: 50_000 };
const MAX_OUT_BYTES = 128 * 1024;
/** The usual limit of servers for what comes from others. */
const MAX_STANZA_CHARS = 512 * 1024;
const AT = new Date("2026-04-05T06:07:08Z");
const POST = guidNumber(1);

/** Alice of a pod and Bob of this server; nobody else. */
const KNOWN: Parameters<typeof readingOf>[1]["known"] = {
  byId: (id) => (id === ALICE.diasporaId ? { id, name: ALICE.name } : null),
  byJid: (address) => {
    const person = [ALICE, BOB].find((one) => jidOf(one) === address);
    return person === undefined ? null : { id: person.diasporaId, name: person.name };
  },
};

/** Looked for when the time of the run is taken: what is wrong with what came of it, or null. */
export type Proof = () => string | null;

const firstFault = (faults: readonly (string | null)[]): string | null =>
  faults.find((fault) => fault !== null) ?? null;

const actor = { network: "diaspora", id: ALICE.diasporaId, name: ALICE.name } as const;

/** Throws where a pod would refuse it. */
function toPods(activity: Activity): void {
  const written = writeEntity(activityToEntity(activity, ALICE.diasporaId));
  readEntity(readXml(written), AT);
}

function shown(note: Note): string {
  const activity = {
    verb: "post",
    actor,
    object: note,
    audience: "public",
    published: AT,
  } as const;
  const entry = entryFromPost(
    { activity, author: ALICE, itemId: note.guid },
    contextFor(ALICE),
    MAX_OUT_BYTES,
  );
  return serialise(entry);
}

export function passEntry(text: string): Proof {
  const payload = readXml(text, LIMITS);
  const entry = readEntry(payload);
  if (entry === null) throw new DxError("DX_BAD_REQUEST");
  namedIn(entry);
  const reading = readingOf(entry, {
    guid: POST,
    partGuid: () => guidNumber(2),
    known: KNOWN,
    post: { jid: jid("bob@example.org"), itemId: "item", domain: DOMAIN, ownHosts: [] },
  });
  const isPublic = reading?.audience === "node";
  const written: string[] = [];
  const note = reading?.note ?? null;
  if (note !== null) {
    // The bridge serves the pictures itself.
    const photos = note.photos.map((photo) => ({ ...photo, url: "https://x.example/p/a.png" }));
    const object = { ...note, photos };
    toPods({ verb: "post", actor, object, audience: "public", published: AT });
    written.push(shown(object));
  }
  passComment(entry);
  return () =>
    privacyFault(text, isPublic) ??
    firstFault(written.map((one) => shownFault(one, MAX_OUT_BYTES)));
}

function passComment(entry: Entry): void {
  isLikeEntry(entry);
  voteInEntry(entry);
  const object = commentFromEntry(entry, POST, guidNumber(2), KNOWN);
  if (object === null) return;
  toPods({ verb: "post", actor, object, audience: "public", published: AT });
}

export function passAttachments(text: string): Proof {
  const payload = readXml(text, LIMITS);
  const read = readAttachments(payload);
  if (read === null) throw new DxError("DX_BAD_REQUEST");
  differences(NO_ATTACHMENTS, read);
  const liked = changeAttachments(payload, { noticed: true }, AT);
  const written = serialise(liked);
  const again = readAttachments(liked);
  // XEP-0470 §4.1: the rest is kept.
  const isKept = again !== null && again.vote === read.vote && again.attending === read.attending;
  return () => (isKept ? shownFault(written, Infinity) : "a like has taken what stood beside it");
}

export function passCard(text: string): Proof {
  const payload = readXml(text, LIMITS);
  readNick(payload);
  readAvatarData(payload);
  readAvatarMetadata(payload);
  const temp = profileFromVcardTemp(payload, true);
  const profile = profileFromVcard4(payload, true) ?? temp?.profile ?? null;
  if (profile === null) throw new DxError("DX_BAD_REQUEST");
  toPods({ verb: "update", actor, object: profile, audience: "public", published: AT });
  const card = vcard4Of(profile, { jid: jidOf(ALICE), id: ALICE.diasporaId });
  const written = serialise(card);
  return () => shownFault(written, Infinity);
}

/** By the parser of the stream; null where that would end, which no server brings about. */
function parsed(text: string): XmlElement | null {
  const found: XmlElement[] = [];
  const keep = (element: Parameters<typeof fromLtx>[0]): void => {
    found.push(fromLtx(element));
  };
  const limits = { incomingChars: 1 << 20, answerChars: 1 << 20, incomingDepth: 100 };
  const Parser: typeof xml.Parser = boundedParser({ ...limits, resetChars: 1 << 24 }, keep);
  const parser = new Parser();
  let broken = false;
  parser.on("element", keep);
  parser.on("error", () => {
    broken = true;
  });
  try {
    parser.write("<stream:stream xmlns='jabber:component:accept' xmlns:stream='urn:s'>");
    parser.write(text);
  } catch {
    broken = true;
  }
  return broken ? null : (found.at(-1) ?? null);
}

export async function passStanza(text: string): Promise<Proof> {
  if (text.length > MAX_STANZA_CHARS) throw new DxError("DX_STANZA_TOO_BIG");
  const stanza = parsed(text);
  if (stanza === null) throw new DxError("DX_XML_MALFORMED");
  readEvent(stanza);
  readChat(stanza);
  const form = child(stanza, "x", "jabber:x:data");
  if (form !== undefined) fields(form);
  const { router, sent } = gatewayBench();
  const { service } = nodesBench();
  router.add(pubsubHandlers(service, "person"));
  await router.handle(stanza);
  return () => answerFault(stanza, sent, DOMAIN);
}

function fields(form: XmlElement): void {
  try {
    submittedFields(form);
  } catch (error) {
    if (!isDxError(error)) throw error;
  }
}
