// A static server as plain as any host: right types, no special headers. Options make it slow,
// nested in a folder, or broken, and it remembers what was asked for.

import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { gzipSync } from "node:zlib";

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json",
  ".wasm": "application/wasm",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
};

/** What hosts send as it is: weights hardly shrink. */
const STORED = new Set([".safetensors", ".onnx"]);

/** Compressed files, since compressing takes longer than some pages take to answer. */
const packed = new Map();

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Serves a folder on the loopback address.
 *
 * - `prefix`: where it lies, such as `/some/where/`
 * - `bytesPerSecond`: of all answers together; none: as fast as it goes
 * - `compress`: gzip, as hosts do
 * - `extra`: contents by path, in place of files
 * - `mounts`: other folders by the path that they have, such as `{"theirs/": folder}`
 * - `free`: paths that are not slowed down
 */
export async function serve(root, options = {}) {
  const { prefix = "/", bytesPerSecond, compress = false, extra = {}, mounts = {} } = options;
  const unslowed = options.free ?? (() => false);
  const requests = [];
  const sockets = new Set();
  let free = 0; // when the line is free again
  let broken = () => false;

  const send = async (response, body, path) => {
    if (!bytesPerSecond || unslowed(path)) return response.end(body);
    const part = 16384;
    for (let at = 0; at < body.length; at += part) {
      const piece = body.subarray(at, at + part);
      const now = Date.now();
      free = Math.max(free, now) + (piece.length / bytesPerSecond) * 1000;
      await sleep(free - now);
      if (response.destroyed) return;
      response.write(piece);
    }
    response.end();
  };

  const answer = async (request, response) => {
    const path = decodeURIComponent(new URL(request.url, "http://x").pathname);
    const record = { path, url: request.url, bytes: 0 };
    requests.push(record);
    if (broken(path)) return request.socket.destroy();
    const inside = path.startsWith(prefix) ? path.slice(prefix.length) : null;
    if (inside === null) return response.writeHead(404).end("not here");
    const name = inside === "" || inside.endsWith("/") ? `${inside}index.html` : inside;
    const mount = Object.keys(mounts).find((start) => name.startsWith(start));
    const within = mount ? name.slice(mount.length) : name;
    const file = join(mount ? mounts[mount] : root, normalize(`/${within}`));
    const type = TYPES[extname(name)] ?? "application/octet-stream";
    let body = extra[name];
    let key = null;
    if (body === undefined) {
      const found = await stat(file).catch(() => null);
      if (!found?.isFile()) return response.writeHead(404).end("not here");
      if (!bytesPerSecond && !compress) {
        record.bytes = found.size;
        response.writeHead(200, { "content-type": type, "content-length": found.size });
        return createReadStream(file).pipe(response);
      }
      body = await readFile(file);
      key = `${file} ${found.size} ${found.mtimeMs}`;
    }
    body = Buffer.from(body);
    const headers = { "content-type": type, "cache-control": "max-age=600" };
    const accepts = (request.headers["accept-encoding"] ?? "").includes("gzip");
    if (compress && accepts && !STORED.has(extname(name))) {
      const small = packed.get(key) ?? gzipSync(body, { level: 9 });
      if (key) packed.set(key, small);
      body = small;
      headers["content-encoding"] = "gzip";
    }
    record.bytes = body.length;
    response.writeHead(200, { ...headers, "content-length": body.length });
    return send(response, body, path);
  };

  const server = createServer((request, response) => {
    answer(request, response).catch((error) => response.destroy(error));
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}${prefix}`,
    origin: `http://127.0.0.1:${server.address().port}`,
    requests,
    /** Paths for which the line is cut. */
    breakFor(test) {
      broken = test;
    },
    async close() {
      sockets.forEach((socket) => socket.destroy());
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
