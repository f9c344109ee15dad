/** Kinds about one entity in its old form: what was written, and what was signed inside. */
import { createPrivateKey } from "node:crypto";
import { basename } from "node:path";
import { z } from "zod";
import { signText, verifyText } from "../../src/salmon/author-signature.ts";
import type { Properties } from "../../src/salmon/entities/property.ts";
import { importPublicKey } from "../../src/salmon/keys.ts";
import { readLegacyPayload, unwrapped } from "../../src/salmon/legacy/read-payload.ts";
import {
  isLegacySigned,
  legacySignedText,
  type LegacySignatures,
} from "../../src/salmon/legacy/sign.ts";
import { legacyXml, wrapPayload } from "../../src/salmon/legacy/write-payload.ts";
import { childElements, isElement, textOf, type XmlElement } from "../../src/xml/element.ts";
import { readXml } from "../../src/xml/reader.ts";
import { serialiseIndented } from "../../src/xml/serialise.ts";
import type { Produced } from "./kinds.ts";
import { payloadOfSlap } from "./legacy-slap.ts";
import { textIn, viewOfBridge, viewOfWriter } from "./legacy-views.ts";
import { roleOf } from "./surroundings.ts";
import { readVector, type Role, type Surroundings, type Vector } from "./vectors.ts";

const INPUT = z.object({ gem: z.string() });
const WRAPPED = z.object({ wrapped_xml: z.string() });

/**
 * These vectors have nothing but a name as their input. What bears it is in the encrypted slap
 * of the same name, as the gem wrote it.
 */
async function payloadOf(vector: Vector, surroundings: Surroundings): Promise<string> {
  const name = basename(vector.name);
  const slap = await readVector(surroundings.dir, "legacy-encrypted-slap", name);
  if (slap !== undefined) return payloadOfSlap(slap, surroundings);
  return WRAPPED.parse(vector.expected).wrapped_xml;
}

function withoutIndent(element: XmlElement): XmlElement {
  const inner = childElements(element);
  const children = inner.length === 0 ? element.children : inner.map(withoutIndent);
  return { ...element, children };
}

/** Every element below, the entity's own first. */
function allElements(element: XmlElement): XmlElement[] {
  return [element, ...element.children.filter(isElement).flatMap(allElements)];
}

/** The signatures that were written for the entity of this guid. */
function signaturesIn(
  root: XmlElement,
  { guid, target_guid: target }: Properties,
): LegacySignatures {
  const owner = allElements(root).find(
    (element) =>
      textIn(element, "guid") === (guid ?? null) &&
      textIn(element, "target_guid") === (target ?? null),
  );
  const signatures = owner === undefined ? [] : childElements(owner);
  return Object.fromEntries(
    signatures
      .filter(({ name }) => name.includes("signature"))
      .map((element) => [element.name, textOf(element)]),
  );
}

export async function runLegacyEntity(
  vector: Vector,
  surroundings: Surroundings,
): Promise<Produced> {
  const { gem } = INPUT.parse(vector.input);
  const element = unwrapped(readXml(await payloadOf(vector, surroundings)));
  const payload = readLegacyPayload(element, surroundings.now);
  // Older forms than that of v0.1.9 are read, not written.
  const written =
    gem === "v0.1.9"
      ? legacyXml(payload.entity, element.name, (values) => signaturesIn(element, values))
      : withoutIndent(element);
  const bridge = viewOfBridge(payload, surroundings.now);
  return {
    valid: true,
    xml: serialiseIndented(written),
    wrapped_xml: wrapPayload(written),
    ...viewOfWriter(gem, payload, element, bridge),
  };
}

const SIGNED = z.object({ xml: z.string() });

/** Whose key made this signature. */
async function signerOf(
  text: string,
  signature: string | null,
  surroundings: Surroundings,
): Promise<Role | undefined> {
  if (signature === null) return undefined;
  for (const role of surroundings.roles.values()) {
    if (await verifyText(text, signature, importPublicKey(role.public_key_pem))) return role;
  }
  return undefined;
}

async function signAs(text: string, role: Role | undefined): Promise<string> {
  // The gem's word for no signature is an empty element.
  return role === undefined ? "" : signText(text, createPrivateKey(role.private_key_pkcs8_pem));
}

export async function runLegacyRelayable(
  vector: Vector,
  surroundings: Surroundings,
): Promise<Produced> {
  const element = readXml(SIGNED.parse(vector.input).xml);
  const { entity } = readLegacyPayload(element, surroundings.now);
  if (!isLegacySigned(entity)) throw new RangeError(`nobody signed a ${entity.type}`);
  const text = legacySignedText(entity);
  const author = roleOf(surroundings, entity.properties.author);
  const parent = textIn(element, "parent_author_signature");
  const [signer, parentSigner] = await Promise.all([
    signerOf(text, textIn(element, "author_signature"), surroundings),
    signerOf(text, parent, surroundings),
  ]);
  return {
    valid:
      signer !== undefined && signer === author && (parent === null || parentSigner !== undefined),
    signed_text: text,
    signed_text_base64: Buffer.from(text).toString("base64"),
    author_signature: await signAs(text, author),
    parent_author_signature: await signAs(text, parentSigner),
  };
}
