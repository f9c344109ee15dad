/**
 * What an operator writes into the XMPP server's configuration, per server: the component
 * (XEP-0114) and the settings without which its people's posts do not reach it.
 */
import { foldDomain } from "../activitystreams/ids.ts";
import { DxError } from "../errors/error.ts";

export interface ServerConfig {
  readonly componentDomain: string;
  readonly port: number;
  /** What stands where the secret belongs; never the secret itself in a terminal. */
  readonly secret: string;
  /** The domains of the server's own accounts. */
  readonly domains: readonly string[];
}

export type ServerKind = "ejabberd" | "prosody" | "openfire";

const WRITERS: Readonly<Record<ServerKind, (config: ServerConfig) => readonly string[]>> = {
  ejabberd,
  prosody,
  openfire,
};

/** Throws DX_BAD_REQUEST where a domain is none. */
export function serverConfigSnippet(server: ServerKind, config: ServerConfig): string {
  for (const domain of [config.componentDomain, ...config.domains]) {
    if (foldDomain(domain) !== domain) throw new DxError("DX_BAD_REQUEST", { detail: domain });
  }
  return `${WRITERS[server](config).join("\n")}\n`;
}

function ejabberd({ componentDomain, port, secret }: ServerConfig): readonly string[] {
  return [
    "# ejabberd.yml: add to what is there already",
    "listen:",
    `  - port: ${String(port)}`,
    '    ip: "127.0.0.1"',
    "    module: ejabberd_service",
    "    # Otherwise a component that logs in here gets the traffic of all that are listed.",
    "    global_routes: false",
    "    max_fsm_queue: 20000",
    "    hosts:",
    `      ${quoted(componentDomain)}:`,
    `        password: ${quoted(secret)}`,
    "modules:",
    "  # Without it ejabberd 23.01 fails on a presence from the component.",
    "  mod_muc: {}",
    "  mod_ping: {}",
    "  mod_caps: {}",
    "  mod_pubsub:",
    "    plugins: [flat, pep]",
    '    hosts: ["pubsub.@HOST@", "comments.@HOST@"]',
    "    max_items_node: 1000",
    "    force_node_config:",
    '      "urn:xmpp:microblog:0*":',
    "        # Without this nothing is delivered to the component's subscription.",
    "        presence_based_delivery: false",
    "        notify_retract: true",
    "        notify_delete: true",
    "        send_last_published_item: never",
    "        itemreply: publisher",
    "        # So many that pushed-out items, which look like deletions, are rare.",
    "        max_items: 1000",
  ];
}

function prosody({ componentDomain, port, secret, domains }: ServerConfig): readonly string[] {
  return [
    "-- prosody.cfg.lua: in the global section",
    `component_ports = { ${String(port)} }`,
    'component_interfaces = { "127.0.0.1" }',
    "component_stanza_size_limit = 1024*1024",
    "pep_max_items = 1000",
    "",
    ...domains.flatMap((domain) => [
      `VirtualHost ${quoted(domain)}`,
      "  -- Clients find the gateway through this.",
      `  disco_items = { { ${quoted(componentDomain)}, "diaspora*" } }`,
      '  -- Add to the modules that are enabled already: "pep", "blocklist", "ping"',
      "",
    ]),
    `Component ${quoted(componentDomain)}`,
    `  component_secret = ${quoted(secret)}`,
  ];
}

function openfire({ componentDomain, port, secret, domains }: ServerConfig): readonly string[] {
  // Openfire makes every component a sub-domain of its own name.
  const parent = domains.find((domain) => componentDomain.endsWith(`.${domain}`));
  if (parent === undefined) {
    throw new DxError("DX_BAD_REQUEST", {
      detail: `Openfire needs the component below its own domain, not ${componentDomain}`,
    });
  }
  const name = componentDomain.slice(0, -parent.length - 1);
  return [
    "# Openfire, admin console: Server > Server Settings > External Components, or as",
    "# system properties",
    "xmpp.component.socket.active=true",
    `xmpp.component.socket.port=${String(port)}`,
    "xmpp.component.permission=whitelist",
    `# Allowed to connect: sub-domain ${name}, shared secret ${quoted(secret)}`,
    "# Keep the port away from other machines: Openfire does not check who a component speaks for.",
  ];
}

/** The same in YAML and in Lua for everything that a domain or a placeholder holds. */
function quoted(text: string): string {
  return JSON.stringify(text);
}
