/** `account_migration` of somebody on the test peer (diaspora* federation §8). */
import forge from "node-forge";
import type { PeerPerson } from "./peer-person.ts";
import { node, writeXml } from "./peer-xml.ts";

/** Sent by the old identity; the new one signs inside. */
export function accountMigration(
  old: PeerPerson,
  next: PeerPerson,
  signer: PeerPerson = next,
): string {
  const digest = forge.md.sha256.create();
  digest.update(`AccountMigration:${old.id}:${next.id}`, "utf8");
  const profile = [
    ["author", next.id],
    ["first_name", next.name],
    ["searchable", "true"],
    ["public", "true"],
  ] as const;
  return writeXml(
    node(
      "account_migration",
      {},
      node("author", {}, old.id),
      node("profile", {}, ...profile.map(([name, value]) => node(name, {}, value))),
      node("signature", {}, forge.util.encode64(signer.privateKey.sign(digest))),
      node("old_identity", {}, old.id),
    ),
  );
}
