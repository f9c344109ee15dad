/** Posts of people of many pods, signed before anything is measured, with keys of 4,096 bits. */
import { createPrivateKey, randomBytes, type KeyObject } from "node:crypto";
import { parseDiasporaId, type DiasporaId } from "../src/activitystreams/ids.ts";
import { generateKeyPair } from "../src/salmon/keys.ts";
import { sealEnvelope } from "../src/salmon/magic-envelope.ts";
import type { Database } from "../src/store/database.ts";
import { newGuid, statusMessage } from "../test/support/peer-messages.ts";

export interface Author {
  readonly id: DiasporaId;
  readonly key: KeyObject;
  readonly publicPem: string;
}

const BITS = 4_096;
const WORDS = "A post of some length, with a *word* or two in it. " + "Words. ".repeat(40);
/** Signed side by side: the thread pool has the cores. */
const AT_ONCE = 8;

/** One on each pod. The key is the same for all: only its length costs anything. */
export async function newAuthors(count: number): Promise<Author[]> {
  const { privatePem, publicPem } = await generateKeyPair(BITS);
  const key = createPrivateKey(privatePem);
  return Array.from({ length: count }, (_, at) => {
    const id = parseDiasporaId(`alice@pod${String(at)}.example`);
    if (id === null) throw new RangeError("the bench's own value is not valid");
    return { id, key, publicPem };
  });
}

/** As discovery would have found them. */
export async function addAuthors(db: Database, authors: readonly Author[]): Promise<void> {
  for (const { id, publicPem } of authors) {
    await db.raw(
      `with pod as (insert into pods (url) values (?) returning id)
       insert into people (network, guid, diaspora_id, name, public_key, pod_id)
       select 'diaspora', ?, ?, 'Alice', ?, id from pod`,
      [`https://${id.slice(id.indexOf("@") + 1)}/`, randomBytes(16).toString("hex"), id, publicPem],
    );
  }
}

/** The authors take turns. */
export async function signPosts(authors: readonly Author[], count: number): Promise<Buffer[]> {
  const bodies: Buffer[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < count) {
      const at = next;
      next += 1;
      const author = authors[at % authors.length];
      if (author === undefined) return;
      const guid = newGuid();
      const post = statusMessage(author, { guid, text: `${WORDS}${guid}` });
      bodies[at] = Buffer.from(await sealEnvelope(post, author.id, author.key));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return bodies;
}
