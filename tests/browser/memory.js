// Engines with little memory: the limit is written into the WebAssembly file on its way to the worker.

const PAGE = 65536;
const MEMORY_SECTION = 5;

/**
 * A copy of a WebAssembly file whose memory cannot grow beyond `pages`.
 *
 * It is sent to workers as its source, so it stands for itself.
 */
function withMaximum(bytes, pages, section) {
  let at = "\0asm".length + 4; // what every file begins with, and its version
  const read = () => {
    let [value, shift, byte] = [0, 0, 0];
    do {
      byte = bytes[at++];
      value += (byte & 127) * 2 ** shift;
      shift += 7;
    } while (byte > 127);
    return value;
  };
  const written = (value) => (value > 127 ? [(value % 128) + 128, ...written(Math.floor(value / 128))] : [value]);
  while (at < bytes.length) {
    const start = at;
    const kind = read();
    const size = read();
    const end = at + size;
    if (kind === section) {
      const [, , initial] = [read(), read(), read()]; // one memory, with limits of this form
      const body = [1, 1, ...written(initial), ...written(pages)];
      const made = [section, ...written(body.length), ...body];
      return new Blob([bytes.slice(0, start), new Uint8Array(made), bytes.slice(end)], { type: "application/wasm" });
    }
    at = end;
  }
  throw new Error("a file without a memory");
}

/** Script for a worker whose engine may have this many bytes of memory, and no more. */
export const straitened = (bytes) => `
  ${withMaximum}
  const ample = self.fetch;
  self.fetch = async (address, ...rest) => {
    const answer = await ample(address, ...rest);
    if (!String(address).includes("_bg.wasm")) return answer;
    const file = new Uint8Array(await answer.arrayBuffer());
    return new Response(withMaximum(file, ${Math.floor(bytes / PAGE)}, ${MEMORY_SECTION}));
  };
`;
