/** What a client does with its person's profile, and reads of others' (XEP-0292, XEP-0084). */
import { createHash } from "node:crypto";
import { attr, xml, type Stanza, type TestClient } from "./e2e-client.ts";

const NS_PUBSUB = "http://jabber.org/protocol/pubsub";
const NS_DATA = "urn:xmpp:avatar:data";
const NS_METADATA = "urn:xmpp:avatar:metadata";
const NS_VCARD = "urn:ietf:params:xml:ns:vcard-4.0";

export async function publishVcard(client: TestClient, name: string, note: string): Promise<void> {
  const field = (element: string, value: string): Stanza =>
    xml(element, {}, xml("text", {}, value));
  const vcard = xml("vcard", { xmlns: NS_VCARD }, field("fn", name), field("note", note));
  await publishOpen(client, "urn:xmpp:vcard4", "current", vcard);
}

/** XEP-0084 §3.2: the data first, then what is known of it. */
export async function publishAvatar(client: TestClient, png: Buffer): Promise<void> {
  const id = createHash("sha1").update(png).digest("hex");
  const data = xml("data", { xmlns: NS_DATA }, png.toString("base64"));
  await publishOpen(client, NS_DATA, id, data);
  const info = xml("info", { id, bytes: String(png.length), type: "image/png" });
  await publishOpen(client, NS_METADATA, id, xml("metadata", { xmlns: NS_METADATA }, info));
}

async function publishOpen(
  client: TestClient,
  node: string,
  id: string,
  payload: Stanza,
): Promise<void> {
  const field = (name: string, value: string): Stanza =>
    xml("field", { var: name }, xml("value", {}, value));
  const form = xml(
    "x",
    { xmlns: "jabber:x:data", type: "submit" },
    field("FORM_TYPE", `${NS_PUBSUB}#publish-options`),
    field("pubsub#access_model", "open"),
  );
  const pubsub = xml(
    "pubsub",
    { xmlns: NS_PUBSUB },
    xml("publish", { node }, xml("item", { id }, payload)),
    xml("publish-options", {}, form),
  );
  const answer = await client.iq("set", client.bare, pubsub);
  if (answer.type === "error") throw new Error(`publishing: ${answer.stanza.toString()}`);
}

/** What the metadata promises, checked against the data; null where there is none. */
export async function readAvatar(client: TestClient, service: string): Promise<Buffer | null> {
  const metadata = await payloadOf(client, service, NS_METADATA, "metadata");
  const info = metadata?.getChild("info");
  if (info === undefined) return null;
  const data = await payloadOf(client, service, NS_DATA, "data", attr(info, "id"));
  const bytes = Buffer.from(data?.getText() ?? "", "base64");
  const hash = createHash("sha1").update(bytes).digest("hex");
  if (hash !== attr(info, "id") || bytes.length !== Number(attr(info, "bytes")))
    throw new Error("the avatar is not what its metadata says");
  return bytes;
}

/** The `fn` of somebody's vCard. */
export async function readName(client: TestClient, service: string): Promise<string | null> {
  const vcard = await payloadOf(client, service, "urn:xmpp:vcard4", "vcard");
  return vcard?.getChild("fn")?.getChildText("text") ?? null;
}

async function payloadOf(
  client: TestClient,
  service: string,
  node: string,
  name: string,
  id?: string,
): Promise<Stanza | undefined> {
  const wanted = id === undefined ? [] : [xml("item", { id })];
  const pubsub = xml("pubsub", { xmlns: NS_PUBSUB }, xml("items", { node }, ...wanted));
  const { stanza } = await client.iq("get", service, pubsub);
  const items = stanza.getChild("pubsub", NS_PUBSUB)?.getChild("items");
  return items?.getChildren("item").at(-1)?.getChild(name);
}
