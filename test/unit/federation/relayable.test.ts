/** What is said below a post, on its way in: what it belongs to, and what is passed on of it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { isDxError } from "../../../src/errors/error.ts";
import { processIncoming, type IncomingResult } from "../../../src/federation/incoming.ts";
import type { PostFacts } from "../../../src/federation/ports.ts";
import { signRelayable } from "../../../src/salmon/author-signature.ts";
import { makeEntity, type Raw } from "../../../src/salmon/entities/complete.ts";
import { writeEntity } from "../../../src/salmon/entities/write.ts";
import { importPrivateKey } from "../../../src/salmon/keys.ts";
import { alice, bob, carol, fetchBench, NOW, nth, sealed, type FetchBench } from "./fetch-bench.ts";

const POST = nth(1);
const COMMENT = nth(2);

function facts(changes: Partial<PostFacts> = {}): PostFacts {
  return { author: alice.diasporaId, local: false, public: true, gone: false, ...changes };
}

/** By carol, signed by her, sealed by who sends it. */
async function signed(type: "comment" | "like", raw: Raw): Promise<string> {
  const entity = makeEntity(type, { author: carol.diasporaId, guid: nth(3), ...raw }, NOW);
  return writeEntity(await signRelayable(entity, importPrivateKey(carol.privateKeyPem)));
}

const likeOf = (type: "Post" | "Comment", guid: string): Promise<string> =>
  signed("like", { parent_guid: guid, parent_type: type, positive: true });

function receive(
  bench: FetchBench,
  envelope: string,
  comment: (PostFacts & { readonly post: PostFacts }) | null = null,
): Promise<IncomingResult> {
  const known = { ...bench.deps.known, comment: () => Promise.resolve(comment) };
  const body = Buffer.from(envelope);
  const message = { kind: "public", recipient: null, body, claimedHost: "x" } as const;
  return processIncoming(message, { ...bench.deps, known });
}

test("a comment comes with what its author signed, for those to whom the post's author sends it", async (t) => {
  const bench = await fetchBench(t);
  bench.known.set(`post ${POST}`, facts({ author: bob.diasporaId, local: true }));
  const payload = await signed("comment", { parent_guid: POST, text: "So it is" });
  const odd = payload.replace("<text>", "<from_elsewhere>x</from_elsewhere><text>");
  await assert.rejects(receive(bench, await sealed(odd, carol)), (error) =>
    isDxError(error, "DX_AUTHOR_SIGNATURE_INVALID"),
  );
  const result = await receive(bench, await sealed(payload, carol));
  assert.ok(result.kind === "activity");
  assert.equal(result.received.relay, payload);
});

test("a like of a comment is taken where the comment is known, by way of the post's author", async (t) => {
  const bench = await fetchBench(t);
  const payload = await likeOf("Comment", COMMENT);
  const comment = { ...facts({ author: carol.diasporaId }), post: facts() };
  const result = await receive(bench, await sealed(payload, alice), comment);
  assert.ok(result.kind === "activity");
  assert.equal(result.received.activity.actor.id, carol.diasporaId);
  await assert.rejects(receive(bench, await sealed(payload, carol), comment), (error) =>
    isDxError(error, "DX_SENDER_FORBIDDEN"),
  );
});

test("a like of a comment that has not come yet is tried again; of one that is gone it is not", async (t) => {
  const bench = await fetchBench(t);
  const envelope = await sealed(await likeOf("Comment", COMMENT), alice);
  await assert.rejects(
    receive(bench, envelope),
    (error) => isDxError(error, "DX_PARENT_NOT_FOUND") && error.retryable,
  );
  for (const gone of [
    { ...facts({ gone: true }), post: facts() },
    { ...facts(), post: facts({ gone: true }) },
  ]) {
    await assert.rejects(
      receive(bench, envelope, gone),
      (error) => isDxError(error, "DX_ITEM_NOT_FOUND") && !error.retryable,
    );
  }
  assert.deepEqual(bench.asked, [], "comments are not fetched");
});
