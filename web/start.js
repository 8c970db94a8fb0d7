// Starts the page. Without scripts, its first example works all the same.
import init from "./page.js?v=__BUILD__";

const address = new URL("page_bg.wasm?v=__BUILD__", import.meta.url);
init({ module_or_path: address }).catch((reason) => {
  document.documentElement.dataset.phase = "failed";
  const notice = document.createElement("p");
  notice.className = "notice";
  notice.dataset.state = "blocked";
  notice.textContent = `Only the first example works here, because the page's program did not start: ${reason}`;
  document.getElementById("notices").append(notice);
});
