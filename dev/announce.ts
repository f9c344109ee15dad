/** What `npm run dev` says when everything is up: lines that work as they stand. */
import { networkInterfaces } from "node:os";
import type { DevOptions } from "./options.ts";
import type { DevState, DomainState } from "./state.ts";

const PASSWORD = "a-password";

export function announcement(state: DevState, options: DevOptions): string {
  const [first, second] = state.domains;
  if (first === undefined) return "";
  const lines = [
    "",
    ...state.domains.map(
      (each) =>
        `Ready: ${each.domain}, diaspora* people at ${each.componentDomain}, pod at ${each.httpUrl}`,
    ),
    "",
    ...psi(first),
    ...(options.lan ? elsewhere(first) : []),
    "",
    "Or in a terminal, in this folder:",
    ...takePart(first, "alice"),
    ...(second === undefined ? alone(first) : federating(first, second)),
    "",
    `Everybody ${options.lan ? "in this network" : "on this machine"} may make accounts. Ctrl-C stops everything; the data stays.`,
    "",
  ];
  return `${lines.join("\n")}\n`;
}

function psi(domain: DomainState): string[] {
  return [
    `In Psi: General > Account Setup > Add > Register new account, server ${domain.domain},`,
    `  manually: host ${domain.c2sHost}, port ${String(domain.c2sPort)}; take the self-signed certificate.`,
    `  Then Service Discovery at ${domain.componentDomain}: Register.`,
  ];
}

/** From another device, where the name does not resolve, the address does. */
function elsewhere(domain: DomainState): string[] {
  const addresses = Object.values(networkInterfaces())
    .flatMap((addressesOfOne) => addressesOfOne ?? [])
    .filter(({ family, internal }) => family === "IPv4" && !internal)
    .map(({ address }) => address);
  return [
    `  On another device the same, with this machine's address: host ${addresses.join(" or ")}, port ${String(domain.c2sPort)}.`,
  ];
}

/** An account, and the opting in. */
function takePart(domain: DomainState, user: string): string[] {
  const jid = `${user}@${domain.domain}`;
  return [
    `  ${client("register", jid)}`,
    `  ${client("register", jid)} --at ${domain.componentDomain}`,
    `    # ${jid} is now ${user}@${domain.diasporaDomain} on diaspora*`,
  ];
}

function alone(domain: DomainState): string[] {
  const jid = `alice@${domain.domain}`;
  return [`  ${client("watch", jid)}`, `  ${client("publish", jid)} 'Hello #diaspora'`];
}

function federating(one: DomainState, other: DomainState): string[] {
  return [
    ...takePart(other, "bob"),
    "  # bob watches from his pod what alice publishes at hers:",
    `  ${client("watch", `bob@${other.domain}`)} --follow alice@${one.diasporaDomain}`,
    `  ${client("publish", `alice@${one.domain}`)} 'Hello #diaspora'`,
  ];
}

function client(command: string, jid: string): string {
  return `node_modules/.bin/node bin/diaspora-x.mjs client ${command} --dev ${jid} ${PASSWORD}`;
}
