/** The configuration of a private Prosody, as it was tried out on 0.12.3. */
import type { ServerSettings } from "./server.ts";

export interface ProsodySettings extends ServerSettings {
  readonly certificateFile: string;
  /** Everything of this instance. */
  readonly dir: string;
  readonly communityModules: string | null;
  readonly asRoot: boolean;
}

const COMPONENT_STANZA_BYTES = 2 * 1024 * 1024;
const CLIENT_STANZA_BYTES = 512 * 1024;

/**
 * Without `smacks`, because @xmpp/client counts its acknowledgements wrongly there; without
 * `limits`, which unconfigured lets 10 KiB a second through.
 */
const MODULES = [
  ..."adhoc blocklist bookmarks carbons disco offline pep ping posix private".split(" "),
  ..."register_ibr roster saslauth time tls uptime user_account_management".split(" "),
  ..."vcard4 vcard_legacy version".split(" "),
];

/** Strings of Lua: JSON's escapes are among Lua's as long as nothing is beyond ASCII's control characters. */
const text = (value: string): string => `"${value.replaceAll(/["\\\n\r]/g, escaped)}"`;
const list = (values: readonly (string | number)[]): string =>
  `{ ${values.map((each) => (typeof each === "number" ? String(each) : text(each))).join("; ")} }`;

function escaped(character: string): string {
  return `\\${String(character.charCodeAt(0)).padStart(3, "0")}`;
}

export function prosodyLua(settings: ProsodySettings): string {
  const { dir, ports, listenIp, components } = settings;
  const entries: readonly (readonly [string, string])[] = [
    ["run_as_root", String(settings.asRoot)],
    ["data_path", text(`${dir}/spool`)],
    ["pidfile", text(`${dir}/prosody.pid`)],
    ["log", `{ info = ${text(`${dir}/log/prosody.log`)} }`],
    ["plugin_paths", list(settings.communityModules === null ? [] : [settings.communityModules])],
    ["modules_enabled", list(MODULES)],
    ["modules_disabled", list(["s2s"])],
    ["c2s_ports", list([ports.c2s])],
    ["c2s_interfaces", list([listenIp])],
    ["c2s_direct_tls_ports", "{}"],
    ["component_ports", list([ports.component])],
    ["component_interfaces", list(["127.0.0.1"])],
    ["s2s_ports", "{}"],
    ["http_ports", "{}"],
    ["https_ports", "{}"],
    [
      "ssl",
      `{ key = ${text(settings.certificateFile)}; certificate = ${text(settings.certificateFile)} }`,
    ],
    ["c2s_require_encryption", "false"],
    ["authentication", text("internal_plain")],
    ["allow_registration", "true"],
    ["c2s_stanza_size_limit", String(CLIENT_STANZA_BYTES)],
    ["component_stanza_size_limit", String(COMPONENT_STANZA_BYTES)],
    ...(settings.forceNodeConfig ? ([["pep_max_items", "1000"]] as const) : []),
  ];
  return [
    ...entries.map(([name, value]) => `${name} = ${value}`),
    ...settings.domains.flatMap((domain) => hostOf(domain, settings)),
    ...components.flatMap(({ domain, secret }) => [
      `Component ${text(domain)}`,
      `  component_secret = ${text(secret)}`,
      ...(canPrivilege(settings) ? [`  modules_enabled = { "privilege" }`] : []),
    ]),
    "",
  ].join("\n");
}

function hostOf(domain: string, settings: ProsodySettings): readonly string[] {
  const below = settings.components.filter((each) => each.domain.endsWith(`.${domain}`));
  return [
    `VirtualHost ${text(domain)}`,
    // Makes clients list the gateway (XEP-0030 §4).
    `  disco_items = { ${below.map((each) => `{ ${text(each.domain)}, "diaspora*" }`).join("; ")} }`,
    ...(canPrivilege(settings) ? privileges(below.map((each) => each.domain)) : []),
    // No `comments.`, which Movim would prefer to people's own nodes: only admins make nodes there.
    `Component ${text(`pubsub.${domain}`)} "pubsub"`,
  ];
}

function canPrivilege(settings: ProsodySettings): boolean {
  return settings.privileged === true && settings.communityModules !== null;
}

/** XEP-0356, as docs for operators show it. */
function privileges(components: readonly string[]): readonly string[] {
  const granted = components.map(
    (domain) =>
      `    [${text(domain)}] = { roster = "both"; message = "outgoing"; iq = { ["http://jabber.org/protocol/pubsub"] = "both" } };`,
  );
  return [`  modules_enabled = { "privilege" }`, "  privileged_entities = {", ...granted, "  }"];
}
