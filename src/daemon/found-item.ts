/** What an xmpp: URI of an item leads to, in any spelling, as far as this person may see it. */
import {
  domainOf,
  localOf,
  parseGuid,
  type DiasporaId,
  type Guid,
  type Jid,
} from "../activitystreams/ids.ts";
import type { PageQuery } from "../activitystreams/stream.ts";
import { parseVirtualLocal } from "../activitystreams/virtual-jid.ts";
import { POSTS_NODE } from "../bridge/nodes.ts";
import { readItemUri } from "../pep/links.ts";
import type { Rules } from "./rules.ts";

const COMMENTS = `${POSTS_NODE}:comments/`;
const HOSTED = /^\/user\/.+\/posts$/;

type Readers = Pick<Rules, "store" | "guidOf">;
type ItemAddress = NonNullable<ReturnType<typeof readItemUri>>;

export async function guidOfItem(
  jid: Jid,
  uri: string,
  domain: string,
  rules: Readers,
): Promise<Guid | null> {
  const address = readItemUri(uri);
  if (address === null) return null;
  if (domainOf(address.service) !== domain) return await ofLocalAuthor(address, rules);
  const readerKey = (await rules.store.accountByJid(jid))?.key ?? null;
  const person = parseVirtualLocal(localOf(address.service) ?? "");
  return person === null
    ? await ofThread(address, readerKey, rules)
    : await ofStream(address, person, readerKey, rules);
}

async function ofLocalAuthor(
  { service, node, item }: ItemAddress,
  { store, guidOf }: Readers,
): Promise<Guid | null> {
  const guid = guidOf(service, node, item);
  return (await store.findActivity(guid)) === null ? null : guid;
}

async function ofStream(
  { node, item }: ItemAddress,
  person: DiasporaId,
  readerKey: string | null,
  { store }: Readers,
): Promise<Guid | null> {
  const author = node === POSTS_NODE ? await store.remoteById(person) : null;
  if (author === null) return null;
  const page = await store.streamPage({ ...one(item), readerKey, authorKey: author.key });
  return page.items[0]?.activity.object.guid ?? null;
}

async function ofThread(
  { node, item }: ItemAddress,
  readerKey: string | null,
  { store }: Readers,
): Promise<Guid | null> {
  // What the component holds for somebody here is named by its GUID; whoever acts on it is checked.
  const hosted = HOSTED.test(node) ? parseGuid(item) : null;
  if (hosted !== null) return (await store.findActivity(hosted)) === null ? null : hosted;
  const postGuid = node.startsWith(COMMENTS) ? parseGuid(node.slice(COMMENTS.length)) : null;
  if (postGuid === null) return null;
  const thread = await store.threadPage({ ...one(item), readerKey, postGuid });
  return thread?.page.items[0]?.activity.object.guid ?? null;
}

function one(item: string): PageQuery {
  return { ids: [item], max: 1, order: "creation", counted: false };
}
