import { describe, expect, it } from "vitest";
import { streamUrl } from "../../src/api/stream-url";

const LOCAL = { protocol: "http:", hostname: "127.0.0.1" };
const REMOTE = { protocol: "https:", hostname: "venue.example" };

describe("the stream's address", () => {
  it("is the address that the venue names", () => {
    expect(streamUrl({ streamUrl: "ws://127.0.0.1:9000/", streamPort: null }, LOCAL)).toBe(
      "ws://127.0.0.1:9000/",
    );
    expect(streamUrl({ streamUrl: "wss://stream.example/", streamPort: null }, REMOTE)).toBe(
      "wss://stream.example/",
    );
  });

  it("is the venue's port on the page's host when it names none", () => {
    expect(streamUrl({ streamUrl: null, streamPort: 9001 }, LOCAL)).toBe("ws://127.0.0.1:9001/");
    expect(streamUrl(null, LOCAL)).toBe("ws://127.0.0.1:8080/");
    expect(streamUrl({ streamUrl: null, streamPort: null }, REMOTE)).toBe("wss://venue.example:8080/");
  });

  it("follows the page when the venue knows only a loopback address", () => {
    expect(
      streamUrl({ streamUrl: "ws://127.0.0.1:8080/", streamPort: null }, { ...REMOTE, protocol: "http:" }),
    ).toBe("ws://venue.example:8080/");
  });

  it("is encrypted when the page is", () => {
    expect(streamUrl({ streamUrl: "ws://venue.example:8080/", streamPort: null }, REMOTE)).toBe(
      "wss://venue.example:8080/",
    );
  });
});
