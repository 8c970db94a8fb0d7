// Starts the page. Without scripts, its first example works all the same.

// A bug in the program must not look like a page that is merely slow.
addEventListener("error", ({ error }) => {
  if (error instanceof WebAssembly.RuntimeError) {
    say("stopped", "The page's program stopped because of a bug; reload the page.");
  }
});

// What stands behind "#" is a link that somebody shares: the way to the sentence must not change
// it, not even when it is taken before this file is here.
const skip = document.querySelector(".skip");
skip.addEventListener("click", (event) => {
  event.preventDefault();
  const field = document.getElementById("text");
  field.focus();
  // A round of Guess hides it, and so may a link.
  if (document.activeElement !== field) document.getElementById("main").focus();
});
if (location.hash === skip.hash) history.replaceState(null, "", location.href.split("#")[0]);

// Imported here, not at the top: there, a failure would end this file without a word.
const address = new URL("page_bg.wasm?v=__BUILD__", import.meta.url);
import("./page.js?v=__BUILD__")
  .then(({ default: init }) => init({ module_or_path: address }))
  .catch((reason) => {
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
