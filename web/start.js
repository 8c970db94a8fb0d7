// Starts the page. Without scripts, its first example works all the same.
import init from "./page.js?v=__BUILD__";

// A bug in the program must not look like a page that is merely slow.
addEventListener("error", ({ error }) => {
  if (error instanceof WebAssembly.RuntimeError) {
    say("stopped", "The page's program stopped because of a bug; reload the page.");
  }
});

const address = new URL("page_bg.wasm?v=__BUILD__", import.meta.url);
init({ module_or_path: address }).catch((reason) => {
  document.documentElement.dataset.phase = "failed";
  say("blocked", `Only the first example works here, because the page's program did not start: ${reason}`);
});

function say(state, sentence) {
  const notice = document.createElement("p");
  notice.className = "notice";
  notice.dataset.state = state;
  notice.textContent = sentence;
  document.getElementById("notices").append(notice);
}
