/** Places (XEP-0080): in an entry, in an event, and as the payload of a person's node. */
import type { Place } from "../../activitystreams/activity.ts";
import { cutText } from "../../activitystreams/words.ts";
import { childText, el, type XmlElement } from "../../xml/element.ts";
import { stripIllegal } from "../../xml/serialise.ts";
import { NS_GEOLOC } from "../namespaces.ts";

/** diaspora-protocol.md §3: of an address. */
const MAX_ADDRESS = 255;
const DEGREES = /^[+-]?\d{1,3}(?:\.\d{1,20})?$/;
const ADDRESS_PARTS = ["street", "area", "locality", "region", "country"];

/** Without coordinates the federation has no place for it: null. */
export function placeFromGeoloc(geoloc: XmlElement | undefined): Place | null {
  const latitude = degreesOf(geoloc, "lat", 90);
  const longitude = degreesOf(geoloc, "lon", 180);
  if (latitude === null || longitude === null) return null;
  const words = addressOf(geoloc);
  const address = words === "" ? `${latitude}, ${longitude}` : cutText(words, MAX_ADDRESS).trim();
  return { address, latitude, longitude };
}

/** What it says in words, with or without coordinates. */
export function addressOf(geoloc: XmlElement | undefined): string {
  const parts = ADDRESS_PARTS.map((part) => partOf(geoloc, part)).filter((part) => part !== "");
  const words = partOf(geoloc, "text");
  return stripIllegal(words === "" ? parts.join(", ") : words);
}

export function geolocFromPlace(place: Place): XmlElement {
  return el(
    "geoloc",
    { xmlns: NS_GEOLOC },
    el("lat", {}, place.latitude),
    el("lon", {}, place.longitude),
    el("text", {}, place.address),
  );
}

function degreesOf(geoloc: XmlElement | undefined, name: string, most: number): string | null {
  const text = partOf(geoloc, name);
  return DEGREES.test(text) && Math.abs(Number(text)) <= most ? text : null;
}

function partOf(geoloc: XmlElement | undefined, name: string): string {
  return (childText(geoloc, name) ?? "").replace(/\s+/gu, " ").trim();
}
