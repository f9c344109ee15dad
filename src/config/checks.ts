/**
 * What no single key can tell: keys that contradict each other, and choices that a
 * server, a client or a pod is known to refuse.
 */
import { isIP } from "node:net";
import { fault, warning, type Finding } from "./findings.ts";
import { parsedUrl, type Config } from "./shape.ts";

/** COMPAT(Movim): it refuses addresses of more than 64 characters; `name\40pod.example@` needs about half of them. */
const LONG_COMPONENT_DOMAIN = 32;

type Check = (config: Config) => readonly Finding[];

export function crossChecks(config: Config): Finding[] {
  return CHECKS.flatMap((check) => check(config));
}

function componentSecret({ xmpp }: Config): Finding[] {
  if (xmpp.component.secret !== "") return [];
  return [
    fault(
      "xmpp.component.secret",
      "is missing",
      "set xmpp.component.secret_file to a file with the secret that the XMPP server knows for this component",
    ),
  ];
}

/** ejabberd refuses a component at a domain of its own (conflict); on Prosody and Openfire it shadows one of the two. */
function componentDomain({ xmpp }: Config): Finding[] {
  const key = "xmpp.component.domain";
  const { domain } = xmpp.component;
  if (xmpp.domains.some(({ name }) => name === domain)) {
    return [
      fault(
        key,
        `${domain} is also one of xmpp.domains`,
        `give the component a name of its own, such as dx.${domain}`,
      ),
    ];
  }
  if (domain.length <= LONG_COMPONENT_DOMAIN) return [];
  return [
    warning(
      key,
      `is ${String(domain.length)} characters long: addresses of pods' people at it pass 64 characters, which Movim refuses`,
      "choose a shorter name if you can",
    ),
  ];
}

function distinctDomains({ xmpp }: Config): Finding[] {
  const key = "xmpp.domains";
  const findings: Finding[] = [];
  const names = new Set<string>();
  const owners = new Map<string, string>();
  for (const { name, diasporaDomain } of xmpp.domains) {
    if (names.has(name)) findings.push(fault(key, `${name} is named twice`, "remove one"));
    names.add(name);
    const owner = owners.get(diasporaDomain);
    if (owner !== undefined && owner !== name) {
      findings.push(
        fault(
          key,
          `${owner} and ${name} share the diaspora* domain ${diasporaDomain}, so bob of one would be bob of the other`,
          `give ${name} a diaspora_domain of its own`,
        ),
      );
    }
    owners.set(diasporaDomain, name);
  }
  return findings;
}

function publicUrl({ diaspora, development }: Config): Finding[] {
  const key = "diaspora.url";
  const example = "write it like https://dx.example.org/";
  const url = parsedUrl(diaspora.url);
  if (url === null) return [fault(key, "is no address", example)];
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    return [fault(key, `${url.protocol} is not spoken by pods`, example)];
  }
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    return [fault(key, "holds more than scheme, host and port", example)];
  }
  // Pods take host and port of an address and forget its path.
  if (url.pathname !== "/")
    return [
      fault(key, "holds a path, which pods ignore", "give this daemon a host name of its own"),
    ];
  if (url.protocol === "http:" && !development.enabled) {
    return [
      fault(
        key,
        "is not https",
        "pods speak https only; for a trial on one machine set development.enabled",
      ),
    ];
  }
  return [];
}

/** RFC 6761: names that are never public. */
const PRIVATE_NAME =
  /^(?:localhost|.*\.(?:localhost|local|test|example|invalid|internal|lan|home\.arpa))$/;

function developmentOnly({ development, diaspora }: Config): Finding[] {
  if (!development.enabled) {
    const used: [string, boolean][] = [
      ["development.allow_http", development.allowHttp],
      ["development.allow_private_addresses", development.allowPrivateAddresses],
      ["development.names", Object.keys(development.names).length > 0],
    ];
    return used
      .filter(([, set]) => set)
      .map(([key]) =>
        fault(key, "counts only in development", "remove it, or set development.enabled: true"),
      );
  }
  const url = parsedUrl(diaspora.url);
  if (url?.protocol !== "https:" || isIP(url.hostname) !== 0 || PRIVATE_NAME.test(url.hostname))
    return [];
  return [
    warning(
      "development.enabled",
      `is set while diaspora.url names the public host ${url.hostname}`,
      "remove the development section in production: it opens this machine's network to requests by strangers",
    ),
  ];
}

function securityKey({ security }: Config): Finding[] {
  const key = "security.key";
  const make =
    "head -c 32 /dev/urandom | base64 > key; chmod 600 key; and set security.key_file to it";
  if (security.key === "") return [fault(key, "is missing", `make one: ${make}`)];
  if (keyBytes(security.key) < 32) {
    return [
      fault(
        key,
        "holds less than 32 bytes",
        `take 64 hexadecimal digits or 32 bytes as base64: ${make}`,
      ),
    ];
  }
  if (new Set(security.key).size < 10)
    return [fault(key, "is not random", `make another: ${make}`)];
  return [];
}

/** How many bytes of chance a text can hold: hexadecimal 4 bits a character, anything else 6. */
export function keyBytes(text: string): number {
  const bits = /^[0-9a-f]+$/i.test(text) ? 4 : 6;
  return Math.floor((text.replace(/=+$/, "").length * bits) / 8);
}

/** The private PostgreSQL is its daemon's alone. */
function rolesApart({ database, roles }: Config): Finding[] {
  if (database.url !== null || new Set(roles).size === 3) return [];
  return [
    fault(
      "database.url",
      "is missing, and a process that does not do everything needs one that it shares with the others",
      "write it like postgres://user:password@host/name, or leave roles and --only out",
    ),
  ];
}

function databaseUrl({ database }: Config): Finding[] {
  if (database.url === null || /^postgres(?:ql)?:\/\//.test(database.url)) return [];
  return [
    fault(
      "database.url",
      "is no address of a PostgreSQL database",
      "write it like postgres://user:password@host/name",
    ),
  ];
}

function ports({ server, xmpp }: Config): Finding[] {
  const { host, port } = xmpp.component;
  const same =
    host === server.host || (isLoopback(host) && (isLoopback(server.host) || isAny(server.host)));
  if (!same || port !== server.port) return [];
  return [
    fault(
      "server.port",
      "is the port at which the XMPP server listens for components",
      "choose another, such as 4000",
    ),
  ];
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}

function isAny(host: string): boolean {
  return host === "0.0.0.0" || host === "::";
}

/** A public daemon that believes everybody's X-Forwarded-For has no limit by address left. */
function trustedProxies({ server }: Config): Finding[] {
  const all = server.trustedProxies.filter((range) => range.endsWith("/0"));
  return all.map((range) =>
    fault(
      "server.trusted_proxies",
      `${range} trusts everybody`,
      "name the proxy's own address, such as 127.0.0.1",
    ),
  );
}

const CHECKS: readonly Check[] = [
  componentSecret,
  componentDomain,
  distinctDomains,
  publicUrl,
  developmentOnly,
  securityKey,
  databaseUrl,
  rolesApart,
  ports,
  trustedProxies,
];
