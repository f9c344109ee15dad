/**
 * A picture that a person uploaded and published over XMPP: a pod is told of it, gets it from
 * the daemon in the five sizes for which diaspora* asks, and no longer once its author is gone.
 */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { after, before, describe, test } from "node:test";
import { xml, until, type TestClient } from "../support/e2e-client.ts";
import { postArrived, shareWith } from "../support/e2e-posts.ts";
import { optIn, publish } from "../support/e2e-social.ts";
import { BASE, COMPONENT, startWorld, type World } from "../support/e2e-world.ts";
import { hostOfPerson, vectorPerson } from "../support/peer-person.ts";
import { elementsOf, parseXml } from "../support/peer-xml.ts";
import { fromAPhone, see } from "../unit/media/pictures.ts";

const UPLOADS = "upload.home.example";
const alice = vectorPerson("alice");
const POD = hostOfPerson(alice);

describe("a picture in a post", () => {
  let world: World;
  let uploads: Server;
  let anna: TestClient;
  const asked: string[] = [];
  const photo: Record<string, string> = {};

  before(async () => {
    const picture = await fromAPhone(1_200, 900, { orientation: 6 });
    uploads = createServer((request, response) => {
      asked.push(request.url ?? "");
      response.end(picture);
    });
    await new Promise<void>((resolve) => {
      uploads.listen(0, "127.0.0.1", resolve);
    });
    const address = uploads.address();
    assert.ok(typeof address === "object" && address !== null);
    world = await startWorld({
      people: [alice],
      forceNodeConfig: true,
      names: new Map([[UPLOADS, address.port]]),
    });
    anna = await world.connect("anna");
    await optIn(anna, COMPONENT);
    await shareWith(world, alice, anna);
  });
  after(async () => {
    await world.close();
    uploads.closeAllConnections();
    uploads.close();
  });

  /** As a pod's readers do: the path, the size, the name. */
  async function get(size: string): Promise<Response> {
    const url = new URL(
      `${photo["remote_photo_path"] ?? ""}${size}${photo["remote_photo_name"] ?? ""}`,
    );
    assert.equal(`${url.origin}/`, BASE);
    return await fetch(`http://127.0.0.1:${String(world.settings.httpPort)}${url.pathname}`);
  }

  test("a pod gets the post with a photo that lies with us, and its words without it", async () => {
    await publish(anna, {
      text: "Look what I have seen",
      pictures: [`https://${UPLOADS}/1/IMG_0001.jpg`],
    });
    const { opened } = await postArrived(world.peer, POD, "Look what I have seen");
    const photos = elementsOf(parseXml(opened.payload)).filter(
      ({ tagName }) => tagName === "photo",
    );
    assert.equal(photos.length, 1);
    for (const element of photos.flatMap(elementsOf)) {
      photo[element.tagName] = element.textContent ?? "";
    }
    assert.equal(photo["author"], opened.values["author"]);
    assert.equal(photo["status_message_guid"], opened.values["guid"]);
    assert.equal(photo["text"], "IMG_0001.jpg");
    assert.equal(photo["remote_photo_path"], `${BASE}media/`);
    assert.ok(!opened.payload.includes(UPLOADS), "readers' browsers never meet the upload server");
    assert.deepEqual(asked, [], "nothing is fetched before somebody looks");
  });

  for (const [size, width, height] of [
    ["thumb_small_", 50, 50],
    ["thumb_medium_", 100, 100],
    ["thumb_large_", 300, 400],
    ["scaled_full_", 700, 933],
    ["", 900, 1_200],
  ] as const) {
    test(`the pod's readers see ${size === "" ? "the bare name" : size} upright, without its GPS`, async () => {
      const answer = await get(size);
      assert.equal(answer.status, 200);
      assert.equal(answer.headers.get("content-type"), "image/jpeg");
      assert.equal(answer.headers.get("x-content-type-options"), "nosniff");
      const bytes = Buffer.from(await answer.arrayBuffer());
      const seen = await see(bytes);
      assert.deepEqual(
        [seen.format, seen.width, seen.height, seen.metadata],
        ["jpeg", width, height, []],
      );
      assert.deepEqual(asked, ["/1/IMG_0001.jpg"]);
    });
  }

  test("after a restart the picture is still there; its decoder is loaded no sooner", async () => {
    await world.daemon.stop();
    await world.restartDaemon();
    const maps = `/proc/${String(world.daemon.pid)}/maps`;
    const loaded = (): boolean => readFileSync(maps, "utf8").includes("libvips");
    if (existsSync(maps)) assert.ok(!loaded());
    assert.equal((await get("thumb_small_")).status, 200);
    if (existsSync(maps)) assert.ok(loaded());
    assert.equal(asked.length, 2);
  });

  test("the pictures of somebody who has left are gone", async () => {
    const remove = xml("query", { xmlns: "jabber:iq:register" }, xml("remove"));
    assert.equal((await anna.iq("set", COMPONENT, remove)).type, "result");
    await until("gone", async () => (await get("thumb_small_")).status === 404);
    assert.equal((await get("")).status, 404);
    assert.equal(asked.length, 2);
  });
});
