/** The arguments of `npm run dev`. */
import { parseArgs } from "node:util";
import { foldDomain } from "../src/activitystreams/ids.ts";
import { developmentDomain } from "./hostname.ts";

export interface DevOptions {
  readonly domain: string;
  /** Listen for the local network and not only for this machine. */
  readonly lan: boolean;
  readonly pods: 1 | 2;
  readonly server: "ejabberd" | "prosody";
  /** Of HTTP. It is part of the diaspora* IDs of a single pod. */
  readonly port: number | null;
  /** The daemons' logs go into files and not to the terminal. */
  readonly quiet: boolean;
}

export const USAGE = `npm run dev [-- --domain NAME] [--lan] [--pods 2] [--port N] [--server prosody]
  --domain NAME  the XMPP domain (${developmentDomain()})
  --lan          listen for the local network, by the name of this machine
  --pods 2       two pods, a.DOMAIN and b.DOMAIN, that federate with each other
  --port N       the HTTP port of the pod, which is part of its diaspora* IDs
  --server NAME  ejabberd or prosody; each keeps its own accounts (ejabberd)`;

/** Throws an Error whose message says what is wrong. */
export function readOptions(args: readonly string[]): DevOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      domain: { type: "string" },
      lan: { type: "boolean", default: false },
      pods: { type: "string", default: "1" },
      port: { type: "string" },
      server: { type: "string", default: "ejabberd" },
    },
  });
  const domain = values.domain === undefined ? developmentDomain() : foldDomain(values.domain);
  if (domain === null) throw new Error(`${String(values.domain)} is no domain name`);
  if (values.pods !== "1" && values.pods !== "2") throw new Error("--pods takes 1 or 2");
  const { server } = values;
  if (server !== "ejabberd" && server !== "prosody") {
    throw new Error("--server takes ejabberd or prosody");
  }
  if (values.port !== undefined && values.pods === "2") {
    throw new Error("--port is for a single pod: the IDs of two carry no port");
  }
  return {
    domain,
    lan: values.lan,
    pods: values.pods === "2" ? 2 : 1,
    server,
    port: values.port === undefined ? null : portNumber(values.port),
    quiet: false,
  };
}

function portNumber(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535) throw new Error(`${text} is no port number`);
  return port;
}
