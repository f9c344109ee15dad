/** What a server answers to a component's handshake, bytes on a socket. */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { connect } from "node:net";

/** XEP-0114 §3, up to the answer to the handshake. */
export async function componentHandshake(
  port: number,
  domain: string,
  secret: string,
): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  socket.setEncoding("utf8");
  socket.write(
    `<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' to='${domain}'>`,
  );
  const [header = ""] = (await once(socket, "data")).map(String);
  const id = /id='([^']+)'/.exec(header)?.[1] ?? "";
  socket.write(
    `<handshake>${createHash("sha1")
      .update(id + secret)
      .digest("hex")}</handshake>`,
  );
  const [answer = ""] = (await once(socket, "data")).map(String);
  socket.destroy();
  return answer;
}
