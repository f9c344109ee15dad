/**
 * A slap that came as a form, judged twice: as the version of the gem that wrote it would, and
 * as v0.2.8, the last that read slaps. What comes in by our own door is what both take.
 */
import { createPrivateKey } from "node:crypto";
import { z } from "zod";
import { describeError, isDxError } from "../../src/errors/error.ts";
import { messageOf } from "../../src/federation/form-body.ts";
import { openEncryptedEnvelope } from "../../src/salmon/encrypted-envelope.ts";
import { checkParentSignature } from "../../src/salmon/legacy/parent-signature.ts";
import { unwrapped } from "../../src/salmon/legacy/read-payload.ts";
import { readEncryptedSlap, readSlap, type Slap } from "../../src/salmon/legacy/read-slap.ts";
import { checkPublic, openPrivate, openPublic, openSlap } from "../../src/salmon/receive/open.ts";
import type { OpenDeps } from "../../src/salmon/receive/related.ts";
import { readXml } from "../../src/xml/reader.ts";
import { bridgeClassOf } from "./error-classes.ts";
import type { Produced } from "./kinds.ts";
import { viewOfBridge, viewOfWriter } from "./legacy-views.ts";
import { depsOf, idOf, roleNamed } from "./surroundings.ts";
import type { Role, Surroundings, Vector } from "./vectors.ts";

export const POST = z.object({
  gem: z.string(),
  slap_xml: z.string(),
  form_body_single: z.string(),
  form_body_double: z.string(),
  recipient: z.string().optional(),
  world: z.unknown().optional(),
});
type Post = z.infer<typeof POST>;

/** The same message, however often it was escaped. */
function bodyOf({
  slap_xml: slap,
  form_body_single: single,
  form_body_double: double,
}: Post): Buffer {
  const body = messageOf(Buffer.from(single));
  if (!body.equals(messageOf(Buffer.from(double))) || body.toString() !== slap) {
    throw new RangeError("the form is read as something else");
  }
  return body;
}

export interface Unsealed {
  readonly slap: Slap;
  /** Of a private one. */
  readonly outer?: ReturnType<typeof openEncryptedEnvelope>;
}

export async function unseal(document: string, recipient: Role | undefined): Promise<Unsealed> {
  if (recipient === undefined) return { slap: readSlap(document) };
  const key = createPrivateKey(recipient.private_key_pkcs8_pem);
  let outer: ReturnType<typeof openEncryptedEnvelope> | undefined;
  const slap = await readEncryptedSlap(document, (header) => {
    outer = openEncryptedEnvelope(header, key);
    return Promise.resolve(outer.envelope);
  });
  return outer === undefined ? { slap } : { slap, outer };
}

/** Through the door that a POST comes through. */
async function receive(body: Buffer, recipient: Role | undefined, deps: OpenDeps): Promise<void> {
  if (recipient === undefined) {
    await openPublic(body, deps);
    return;
  }
  const key = createPrivateKey(recipient.private_key_pkcs8_pem);
  const decrypt = (bytes: Uint8Array): Promise<Uint8Array> =>
    Promise.resolve(openEncryptedEnvelope(bytes, key).envelope);
  await openPrivate(body, { id: idOf(recipient.diaspora_id), decrypt }, deps);
}

async function thrownBy(run: () => unknown): Promise<unknown> {
  try {
    await run();
    return undefined;
  } catch (error) {
    return error ?? new Error("nothing was thrown");
  }
}

function classOf(error: unknown): string | null {
  if (!isDxError(error)) throw error;
  return bridgeClassOf(error.code);
}

export interface Judged {
  /** What the version of the vector makes of it, and what v0.2.8 does. */
  readonly produced: Produced;
  readonly unsealed?: Unsealed;
  readonly payloadXml?: string;
}

function refused(error: unknown, bridge: Produced): Judged {
  return { produced: { valid: false, error, "read_by_gem_v0.2.8": bridge } };
}

/** v0.1.9 asks for the second signature, v0.2.8 for what is public to be so; we for both. */
async function judge(post: Post, document: string, surroundings: Surroundings): Promise<Judged> {
  const recipient =
    post.recipient === undefined ? undefined : roleNamed(surroundings, post.recipient);
  const deps = depsOf(surroundings, post.world);
  const unsealed = await unseal(document, recipient);
  const opened = await openSlap(unsealed.slap, deps);
  const { entity, sender, payloadXml, signingString } = opened;
  const properties = viewOfBridge(opened, surroundings.now);
  const notPublic =
    recipient === undefined
      ? await thrownBy(() => {
          checkPublic(entity);
        })
      : undefined;
  const bridge =
    notPublic === undefined
      ? { valid: true, sender, entity_type: entity.type, properties }
      : { valid: false, error: { class: classOf(notPublic) } };
  // To v0.1.9 only a profile was neither public nor private.
  if (notPublic !== undefined && entity.type !== "profile") return refused(notPublic, bridge);
  const unsigned = await thrownBy(() => checkParentSignature(opened, sender, deps));
  if (unsigned !== undefined) return refused(unsigned, bridge);
  const element = unwrapped(readXml(payloadXml));
  const produced = {
    valid: true,
    // v0.1.0 hands on the recipient in the sender's place: nobody, or the one whom it knows.
    sender: post.gem === "v0.1.0" ? (recipient === undefined ? null : 1) : sender,
    ...viewOfWriter(post.gem, opened, element, properties),
    payload_xml: payloadXml,
    signing_string: signingString,
    "read_by_gem_v0.2.8": bridge,
  };
  return { produced, unsealed, payloadXml };
}

export async function judgeSlap(vector: Vector, surroundings: Surroundings): Promise<Judged> {
  const post = POST.parse(vector.input);
  const body = bodyOf(post);
  let judged: Judged;
  try {
    judged = await judge(post, body.toString(), surroundings);
  } catch (error) {
    judged = refused(error, { valid: false, error: { class: classOf(error) } });
  }
  await checkDoor(judged, post, body, surroundings);
  return judged;
}

const VALIDITY = z.looseObject({ valid: z.boolean() });

/** What comes in by the daemon's door is what both versions take. */
async function checkDoor(
  { produced }: Judged,
  post: Post,
  body: Buffer,
  surroundings: Surroundings,
): Promise<void> {
  const recipient =
    post.recipient === undefined ? undefined : roleNamed(surroundings, post.recipient);
  const error = await thrownBy(() => receive(body, recipient, depsOf(surroundings, post.world)));
  const bridge = VALIDITY.parse(produced["read_by_gem_v0.2.8"]);
  if ((error === undefined) !== (produced["valid"] === true && bridge.valid)) {
    throw new RangeError(`the door decides otherwise: ${describeError(error)}`);
  }
}
