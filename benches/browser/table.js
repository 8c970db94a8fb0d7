// What was measured, as text for people.

const MEGABYTES = (bytes) => `${(bytes / 1e6).toFixed(2)} MB`;
const SECONDS = (milliseconds) => `${(milliseconds / 1e3).toFixed(2)} s`;
const MILLISECONDS = (milliseconds) => `${milliseconds.toFixed(1)} ms`;

const WIRE = [
  ["bytes", "bytes, all", MEGABYTES],
  ["bytes_without_weights", "bytes without the weights", MEGABYTES, 1 / 3],
  ["milliseconds", "time, all", SECONDS],
  ["milliseconds_without_weights", "time without the weights", SECONDS, 1 / 3],
];
const ENGINES = { wasm: "CPU, one thread", webgpu: "WebGPU" };

function line(name, values, target) {
  const beside = (side) => {
    if (!values[side]) return ["", ""];
    const { number, text } = values[side];
    return [text, (values.ours.number / number).toFixed(2)];
  };
  const goal = target ? `≤ ${target.toFixed(2)}` : "";
  return [name, values.ours.text, ...beside("theirs"), ...beside("processor"), goal];
}

function wireLines(sides) {
  return WIRE.map(([field, name, write, target]) => {
    const measured = Object.entries(sides).filter(([, result]) => field in result);
    const entry = ([side, result]) => [side, { number: result[field], text: write(result[field]) }];
    return line(name, Object.fromEntries(measured.map(entry)), target);
  });
}

function forwardLine({ device, model, tokens, medians }) {
  const entry = ([side, number]) => [side, { number, text: MILLISECONDS(number) }];
  const target = device === "wasm" && model === "small" ? 1 : undefined;
  const values = Object.fromEntries(Object.entries(medians).map(entry));
  return line(`a pass of ${model}, ${tokens} tokens, ${ENGINES[device]}`, values, target);
}

/** Ratios are ours to theirs: below 1 we need less. */
export function table({ wire, forward, transformers }) {
  const sides = [`transformers.js ${transformers}`, "ratio", "its CPU-only file", "ratio"];
  const head = ["", "ours", ...sides, "target"];
  const rows = [head, ...(wire ? wireLines(wire) : []), ...forward.map(forwardLine)];
  const widths = head.map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const pad = (text, column) => (column ? text.padStart(widths[column]) : text.padEnd(widths[0]));
  return rows.map((row) => row.map(pad).join("  ").trimEnd()).join("\n");
}
