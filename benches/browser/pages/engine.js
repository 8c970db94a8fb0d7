// One engine of this project's, driven without the page around it: `engine.html?engine=cpu&…`.

const { engine, build, model, tokens } = Object.fromEntries(new URLSearchParams(location.search));
const worker = new Worker(`../worker.js?engine=${engine}&v=${build}`, { type: "module" });

/** The next event; anything but the wanted one is a failure. */
function heard(type) {
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => {
      const { event } = JSON.parse(data);
      if (event.type === type) resolve(event);
      else reject(new Error(`wanted “${type}”: ${data}`));
    };
    worker.onerror = ({ message }) => reject(new Error(message));
  });
}

let id = 0;
function ask(command, answer, files = []) {
  const event = heard(answer);
  id += 1;
  const request = JSON.stringify({ id, command });
  worker.postMessage({ request, files }, files.map(({ bytes }) => bytes));
  return event;
}

/** Milliseconds of each pass, after one that is not measured. */
window.measure = async (passes) => {
  const command = { type: "measure", tokens: Number(tokens), passes };
  const event = await ask(command, "measured");
  if (event.tokens !== Number(tokens)) throw new Error(`the engine took ${event.tokens} tokens`);
  return event.milliseconds;
};

const { adapter } = await heard("ready");
const files = await Promise.all(
  model.split(",").map(async (address) => {
    const bytes = await (await fetch(`../${address}`)).arrayBuffer();
    return { path: address.replace(/^(networks|demo)\/(small\/)?/, ""), bytes };
  }),
);
await ask({ type: "open" }, "opened", files);
window.ready = { adapter };
