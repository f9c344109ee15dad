/** The configuration of a private ejabberd, as it was tried out on 23.01. */
import { stringify } from "yaml";
import type { ServerSettings } from "./server.ts";

export interface EjabberdSettings extends ServerSettings {
  readonly certificateFile: string;
}

const COMPONENT_STANZA_BYTES = 2 * 1024 * 1024;
const CLIENT_STANZA_BYTES = 512 * 1024;

export function ejabberdYaml(settings: EjabberdSettings): string {
  return stringify({
    hosts: settings.domains,
    loglevel: "info",
    hide_sensitive_log_data: true,
    certfiles: [settings.certificateFile],
    auth_method: "internal",
    auth_password_format: "scram",
    // Open registration (XEP-0077) without its ten minutes between two accounts of one address.
    registration_timeout: "infinity",
    acme: { auto: false },
    s2s_access: "none",
    shaper_rules: { max_user_sessions: 50, max_user_offline_messages: 5000 },
    api_permissions: {
      loopback: { from: ["mod_http_api"], who: { ip: "127.0.0.1/8" }, what: "*" },
    },
    listen: listeners(settings),
    modules: modules(settings.forceNodeConfig),
  });
}

function listeners({ ports, listenIp, components }: EjabberdSettings): readonly object[] {
  return [
    {
      port: ports.c2s,
      ip: listenIp,
      module: "ejabberd_c2s",
      starttls: true,
      max_stanza_size: CLIENT_STANZA_BYTES,
    },
    {
      port: ports.component,
      ip: "127.0.0.1",
      module: "ejabberd_service",
      // Otherwise each component that logs in gets the traffic of all that are listed here.
      global_routes: false,
      max_stanza_size: COMPONENT_STANZA_BYTES,
      max_fsm_queue: 20_000,
      hosts: Object.fromEntries(
        components.map(({ domain, secret }) => [domain, { password: secret }]),
      ),
    },
    {
      port: ports.api,
      ip: "127.0.0.1",
      module: "ejabberd_http",
      request_handlers: { "/api": "mod_http_api" },
    },
  ];
}

function modules(forceNodeConfig: boolean): object {
  return {
    mod_adhoc: {},
    mod_blocking: {},
    mod_caps: {},
    mod_carboncopy: {},
    mod_disco: {},
    mod_http_api: {},
    mod_last: {},
    // COMPAT(ejabberd 23.01): without it mod_caps crashes on a component's bare-JID presence.
    mod_muc: {},
    mod_offline: { access_max_user_messages: "max_user_offline_messages" },
    mod_ping: {},
    mod_privacy: {},
    mod_private: {},
    mod_pubsub: {
      plugins: ["flat", "pep"],
      hosts: ["pubsub.@HOST@", "comments.@HOST@"],
      max_items_node: 1000,
      ...(forceNodeConfig ? { force_node_config: FORCED_NODES } : {}),
    },
    mod_register: { access: "all", ip_access: "all" },
    mod_roster: {},
    mod_stream_mgmt: { resend_on_timeout: "if_offline" },
    mod_vcard: {},
    mod_vcard_xupdate: {},
  };
}

const FORCED_NODES = {
  "urn:xmpp:microblog:0*": {
    presence_based_delivery: false,
    notify_retract: true,
    notify_delete: true,
    send_last_published_item: "never",
    itemreply: "publisher",
    max_items: 1000,
  },
};
