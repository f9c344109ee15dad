/**
 * Where other pods POST (diaspora-federation routes): /receive/public and
 * /receive/users/<guid>. Nothing is opened here: a message is kept and answered 202, and
 * whatever is wrong with it is found later, out of the sender's sight (no oracle for
 * padding or signatures). 202 means durable: when it could not be kept, the answer is 503.
 */
import { hostOf, parseGuid } from "../activitystreams/ids.ts";
import { DxError, describeError, isDxError } from "../errors/error.ts";
import { sendError } from "../http/error-reply.ts";
import {
  bodyOf,
  pathValue,
  perMinute,
  type HttpReply,
  type HttpRequest,
  type Routes,
} from "../http/routes.ts";
import type { Log } from "../log/log.ts";
import { claimedSender } from "../salmon/magic-envelope.ts";
import { messageOf } from "./form-body.ts";
import type { Inbox, IncomingMessage, ServedPeople } from "./ports.ts";

/** The largest legitimate message is about 1 MB: 65,535 letters as references, base64 twice. */
export const MAX_MESSAGE_BYTES = 2 * 1024 * 1024;

/** From one address. A busy pod sends twenty at a time. */
const MESSAGES_PER_MINUTE = 6_000;

export interface ReceiveDeps {
  readonly people: Pick<ServedPeople, "byGuid">;
  readonly inbox: Inbox;
  readonly log: Log;
  /** Default 2 MiB. */
  readonly maxBytes?: number;
  /** Default 6,000 from one address. */
  readonly messagesPerMinute?: number;
}

export function receiveRoutes(deps: ReceiveDeps): Routes {
  return (app) => {
    // The gem ignores the content type of a message; fastify answers 415 to a malformed one.
    app.addHook("onRequest", (request, _reply, done) => {
      delete request.raw.headers["content-type"];
      done();
    });
    const options = {
      bodyLimit: deps.maxBytes ?? MAX_MESSAGE_BYTES,
      ...perMinute(deps.messagesPerMinute ?? MESSAGES_PER_MINUTE),
    };
    // COMPAT(Friendica): it adds a slash to the URL.
    for (const slash of ["", "/"]) {
      app.post(`/receive/public${slash}`, options, (request, reply) =>
        keep(deps, request, reply, null),
      );
      app.post(`/receive/users/:guid${slash}`, options, (request, reply) =>
        receivePrivate(deps, request, reply),
      );
    }
  };
}

async function receivePrivate(
  deps: ReceiveDeps,
  request: HttpRequest,
  reply: HttpReply,
): Promise<HttpReply> {
  const guid = parseGuid(pathValue(request, "guid"));
  try {
    const person = guid === null ? null : await deps.people.byGuid(guid);
    if (person !== null) return await keep(deps, request, reply, person.guid);
  } catch (error) {
    return unavailable(deps, reply, error);
  }
  return sendError(reply, new DxError("DX_ITEM_NOT_FOUND"));
}

async function keep(
  deps: ReceiveDeps,
  request: HttpRequest,
  reply: HttpReply,
  recipient: IncomingMessage["recipient"],
): Promise<HttpReply> {
  const body = messageOf(bodyOf(request));
  const sender = recipient === null ? claimedSender(body) : null;
  try {
    await deps.inbox.add({
      kind: recipient === null ? "public" : "private",
      recipient,
      body,
      // What is encrypted names no sender: it counts against the address that it came from.
      claimedHost: sender === null ? request.ip : hostOf(sender),
    });
  } catch (error) {
    return unavailable(deps, reply, error);
  }
  return reply.status(202).send();
}

/** The sender keeps the message and tries again: diaspora* for 17 hours, Friendica for days. */
function unavailable(deps: ReceiveDeps, reply: HttpReply, error: unknown): HttpReply {
  const known = isDxError(error) && error.entry.http === 503 ? error : null;
  if (known === null) {
    deps.log.error({ error: describeError(error) }, "a received message could not be kept");
  } else {
    deps.log.debug({ code: known.code }, "a received message was put off");
  }
  return sendError(reply, known ?? new DxError("DX_STORE_UNAVAILABLE"));
}
