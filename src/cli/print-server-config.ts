/** `print-server-config`: what to write into the XMPP server's own configuration. */
import { readConfig } from "../config.ts";
import { serverConfigSnippet } from "../connector/print-server-config.ts";
import { DxError } from "../errors/error.ts";
import type { Io } from "./io.ts";

export const SERVERS = ["ejabberd", "prosody", "openfire"] as const;

export function printServerConfig(name: string, file: string | undefined, io: Io): number {
  const server = SERVERS.find((known) => known === name);
  if (server === undefined) {
    throw new DxError("DX_USAGE", { detail: `${name} is none of ${SERVERS.join(", ")}` });
  }
  const { config } = readConfig({ file, env: io.env });
  // It is printed before there is a configuration, too: the secret has to be agreed on somewhere.
  if (config === null)
    io.err("no valid configuration yet (see check-config): the names are examples");
  io.out(
    serverConfigSnippet(server, {
      componentDomain: config?.xmpp.component.domain ?? "dx.example.org",
      port: config?.xmpp.component.port ?? 5347,
      // A terminal's scrollback is no place for the real one.
      secret: "THE-SHARED-SECRET",
      domains: config?.xmpp.domains.map((domain) => domain.name) ?? ["example.org"],
    }),
  );
  return 0;
}
