/** What every part of the XMPP wing is put together with. */
import type { Jid } from "../activitystreams/ids.ts";
import type { Config } from "../config.ts";
import type { Dropped } from "../connector/dropped.ts";
import type { Privilege } from "../connector/privilege.ts";
import type { Router } from "../connector/router.ts";
import type { ComponentStream } from "../connector/stream.ts";
import type { Log } from "../log/log.ts";
import type { Metrics } from "../metrics/metrics.ts";
import type { XmlElement } from "../xml/element.ts";
import type { Avatars } from "../media/avatars.ts";
import type { Rules } from "./rules.ts";
import type { Storage } from "./storage.ts";

/** XEP-0115 §4: a URI of the software, the same for ever. */
export const CAPS_NODE = "https://diaspora-x.org/";

export interface XmppParts {
  readonly config: Config;
  readonly version: string;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly storage: Storage;
  readonly rules: Rules;
  readonly avatars: Avatars;
  /** The component's. */
  readonly domain: Jid;
  readonly router: Router;
  readonly stream: ComponentStream;
  readonly send: (stanza: XmlElement) => Promise<void>;
  readonly dropped: Dropped;
  readonly privilege: Privilege;
  /** What waited there for somebody's yes was put back. */
  readonly wakeInbox: () => void;
}
