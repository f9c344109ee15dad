/** Kinds that are a form with a slap: open it, say what was found, make the same again. */
import { encodeBase64 } from "../../src/salmon/base64.ts";
import {
  addressSlap,
  sealPrivateSlap,
  sealSlap,
  slapForm,
} from "../../src/salmon/legacy/write-slap.ts";
import type { Produced } from "./kinds.ts";
import { judgeSlap, POST, unseal } from "./legacy-post.ts";
import { idOf, roleNamed, roleOf } from "./surroundings.ts";
import type { Role, Surroundings, Vector } from "./vectors.ts";

export async function runSlap(vector: Vector, surroundings: Surroundings): Promise<Produced> {
  const post = POST.parse(vector.input);
  const { produced, unsealed, payloadXml = "" } = await judgeSlap(vector, surroundings);
  const author = unsealed?.slap.envelope.sender ?? null;
  const signer = author === null ? undefined : roleOf(surroundings, author);
  if (author === null || signer === undefined) return produced;
  const sealed = await sealSlap(payloadXml, author, signer.private_key_pkcs8_pem);
  // The oldest has no key_id.
  const ours = post.gem === "v0.0.9" ? sealed.replace(/ key_id="[^"]*"/, "") : sealed;
  return {
    ...produced,
    author_id: author,
    sealed_same: ours === post.slap_xml && slapForm(ours) === post.form_body_single,
  };
}

const INNER = /<iv>([^<]*)<\/iv>\s*<aes_key>([^<]*)<\/aes_key>/;
const ENCRYPTED_HEADER = /<encrypted_header>[^<]*/;

/** With the same keys everything is the same but what RSA made of the outer one. */
async function sealedSame(
  slapXml: string,
  payloadXml: string,
  author: Role,
  header: string,
): Promise<boolean> {
  const [, iv = "", key = ""] = INNER.exec(header) ?? [];
  const randoms = [Buffer.from(key, "base64"), Buffer.from(iv, "base64")];
  const sealed = await sealPrivateSlap(
    payloadXml,
    idOf(author.diaspora_id),
    author.private_key_pkcs8_pem,
    (bytes) => randoms.shift() ?? Buffer.alloc(bytes),
  );
  const [ours, theirs] = [addressSlap(sealed, author.public_key_pem), slapXml].map((xml) =>
    xml.replace(ENCRYPTED_HEADER, ""),
  );
  // Before v0.1.0 the header did not say what it is encoded in.
  return ours === theirs && sealed.header === header.replace('"1.0"?>', '"1.0" encoding="UTF-8"?>');
}

export async function runEncryptedSlap(
  vector: Vector,
  surroundings: Surroundings,
): Promise<Produced> {
  const post = POST.parse(vector.input);
  const { produced, unsealed, payloadXml = "" } = await judgeSlap(vector, surroundings);
  const { slap, outer } = unsealed ?? {};
  const author = roleOf(surroundings, slap?.envelope.sender ?? "");
  if (outer === undefined || author === undefined) return produced;
  const header = outer.envelope.toString();
  const { signing_string: _signed, ...fields } = produced;
  return {
    ...fields,
    outer_aes: { key: encodeBase64(outer.key), iv: encodeBase64(outer.iv) },
    decrypted_header: header,
    envelope_data_decoded_is: "base64 (standard) of the AES-256-CBC ciphertext of the payload",
    sealed_same: await sealedSame(post.slap_xml, payloadXml, author, header),
  };
}

export async function runNegativeLegacy(
  vector: Vector,
  surroundings: Surroundings,
): Promise<Produced> {
  return (await judgeSlap(vector, surroundings)).produced;
}

/** What is inside an encrypted slap, unproven. */
export async function payloadOfSlap(
  { input }: Vector,
  surroundings: Surroundings,
): Promise<string> {
  const post = POST.parse(input);
  const { slap } = await unseal(post.slap_xml, roleNamed(surroundings, post.recipient ?? ""));
  return slap.payloadOf(slap.envelope.data).toString();
}
