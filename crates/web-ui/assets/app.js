// Theme switch, copy buttons, tabs, show/hide. Every page works without this file; it only adds comfort.
// It runs once in <head>, before the first paint, so that a remembered theme never flashes.
"use strict";
(() => {
  const root = document.documentElement;
  const KEY = "theme";
  root.classList.add("js");

  // Storage may be refused (private windows, settings): then the choice lasts for this page.
  const remembered = () => {
    try { return localStorage.getItem(KEY); } catch { return null; }
  };
  const remember = (choice) => {
    try {
      if (choice === "system") localStorage.removeItem(KEY);
      else localStorage.setItem(KEY, choice);
    } catch { /* as above */ }
  };
  const applyTheme = (choice) => {
    const theme = choice === "light" || choice === "dark" ? choice : "system";
    if (theme === "system") delete root.dataset.theme;
    else root.dataset.theme = theme;
    for (const button of document.querySelectorAll("[data-theme-choice]")) {
      button.setAttribute("aria-pressed", String(button.dataset.themeChoice === theme));
    }
  };
  applyTheme(remembered());
  addEventListener("storage", (event) => { if (event.key === KEY) applyTheme(event.newValue); });

  const announce = (text) => {
    const line = document.getElementById("announcer");
    line.textContent = "";
    setTimeout(() => { line.textContent = text; }, 50);
  };

  // The clipboard API exists on https and localhost only; the old command covers the rest.
  const copyText = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      const box = document.createElement("textarea");
      box.value = text;
      box.readOnly = true;
      box.className = "visually-hidden";
      document.body.append(box);
      box.select();
      let done = false;
      try { done = document.execCommand("copy"); } catch { /* the answer below */ }
      box.remove();
      return done;
    }
  };
  const copy = async (button) => {
    const source = button.closest(".codebox").querySelector("code");
    if (await copyText(source.textContent)) {
      button.textContent = "Copied";
      button.dataset.copied = "";
      announce("Copied to the clipboard");
    } else {
      getSelection().selectAllChildren(source);
      announce("Copying is not allowed here. The text is selected: copy it with your keyboard.");
    }
    button.focus();
    clearTimeout(button.timer);
    button.timer = setTimeout(() => {
      button.textContent = "Copy";
      delete button.dataset.copied;
    }, 2000);
  };

  // Show and hide a secret; it is hidden again before the form leaves, so that nothing saves it as plain text.
  const reveal = (button, show) => {
    const input = document.getElementById(button.dataset.reveal);
    input.type = show ? "text" : "password";
    button.textContent = show ? "Hide" : "Show";
  };

  const select = (tab, focus) => {
    const tabs = tab.closest(".tabs");
    for (const other of tabs.querySelectorAll("[role=tab]")) {
      const on = other === tab;
      other.setAttribute("aria-selected", String(on));
      other.tabIndex = on ? 0 : -1;
      document.getElementById(other.getAttribute("aria-controls")).hidden = !on;
    }
    if (focus) tab.focus();
  };
  // https://www.w3.org/WAI/ARIA/apg/patterns/tabs/, with automatic activation: the panels are already here.
  const setUpTabs = (tabs) => {
    const list = tabs.querySelector(".tab-list");
    const links = [...list.querySelectorAll("a")];
    list.setAttribute("role", "tablist");
    links.forEach((tab, index) => {
      const panel = document.getElementById(tab.hash.slice(1));
      tab.parentElement.setAttribute("role", "presentation");
      tab.setAttribute("role", "tab");
      tab.id = `${panel.id}-tab`;
      tab.setAttribute("aria-controls", panel.id);
      panel.setAttribute("role", "tabpanel");
      panel.setAttribute("aria-labelledby", tab.id);
      panel.tabIndex = 0;
      const show = (target, focus) => {
        select(target, focus);
        history.replaceState(null, "", target.hash);
      };
      tab.addEventListener("click", (event) => { event.preventDefault(); show(tab, true); });
      tab.addEventListener("keydown", (event) => {
        const step = { ArrowRight: index + 1, ArrowLeft: index - 1, Home: 0, End: -1 }[event.key];
        if (event.key === " ") { event.preventDefault(); show(tab, true); }
        if (step === undefined) return;
        event.preventDefault();
        show(links.at(step % links.length), true);
      });
    });
    select(links[0]);
    tabs.dataset.ready = "";
  };
  // A link into the page opens what it points at: the tab, or the accordion.
  const openTarget = () => {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    const panel = target.closest(".tab-panel");
    if (panel) select(document.getElementById(`${panel.id}-tab`));
    const details = target.closest("details");
    if (details) details.open = true;
    target.scrollIntoView();
  };

  document.addEventListener("DOMContentLoaded", () => {
    applyTheme(remembered());
    document.querySelectorAll(".tabs").forEach(setUpTabs);
    openTarget();
    addEventListener("hashchange", openTarget);
    document.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (!button) return;
      if (button.matches(".copy")) copy(button);
      if (button.dataset.reveal) reveal(button, button.textContent === "Show");
      if (button.dataset.themeChoice) {
        remember(button.dataset.themeChoice);
        applyTheme(button.dataset.themeChoice);
      }
    });
    document.addEventListener("submit", (event) => {
      for (const button of event.target.querySelectorAll("[data-reveal]")) reveal(button, false);
    });
  });
})();
