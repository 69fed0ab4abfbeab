// Theme, copying, show and hide, tabs, address builder, playground, search, status. Every page works without this file; it
// only adds comfort. It holds no words: what it says stands in the page. It runs once in <head>, before the first paint,
// so that a remembered theme never flashes.
"use strict";
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];

  // Storage may be refused (private windows, settings): then a choice lasts for this page.
  const remembered = (key) => {
    try { return localStorage.getItem(key); } catch { return null; }
  };
  const remember = (key, value) => {
    try {
      if (value) localStorage.setItem(key, value);
      else localStorage.removeItem(key);
    } catch { /* as above */ }
  };

  const applyTheme = (choice) => {
    const theme = choice === "light" || choice === "dark" ? choice : "system";
    if (theme === "system") delete root.dataset.theme;
    else root.dataset.theme = theme;
    for (const button of all("[data-theme-choice]")) {
      button.setAttribute("aria-pressed", String(button.dataset.themeChoice === theme));
    }
  };
  applyTheme(remembered("theme"));
  addEventListener("storage", (event) => { if (event.key === "theme") applyTheme(event.newValue); });

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
    const says = document.getElementById("announcer").dataset;
    const source = button.closest(".codebox").querySelector("code");
    if (await copyText(source.textContent)) {
      button.dataset.text ??= button.textContent;
      button.textContent = says.done;
      button.dataset.copied = "";
      announce(says.copied);
    } else {
      getSelection().selectAllChildren(source);
      announce(says.select);
    }
    button.focus();
    clearTimeout(button.timer);
    button.timer = setTimeout(() => {
      button.textContent = button.dataset.text ?? button.textContent;
      delete button.dataset.copied;
    }, 2000);
  };

  // Show and hide a secret; it is hidden again before the form leaves, so that nothing saves it as plain text.
  const reveal = (button, show) => {
    const input = document.getElementById(button.dataset.reveal);
    if ((input.type === "text") === show) return;
    input.type = show ? "text" : "password";
    [button.textContent, button.dataset.other] = [button.dataset.other, button.textContent];
  };

  const select = (tab, focus) => {
    const tabs = tab.closest(".tabs");
    for (const other of all("[role=tab]", tabs)) {
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
    const links = all("a", list);
    list.setAttribute("role", "tablist");
    links.forEach((tab, index) => {
      const panel = document.getElementById(tab.hash.slice(1));
      tab.parentElement.setAttribute("role", "presentation");
      tab.setAttribute("role", "tab");
      tab.id = panel.id + "-tab";
      tab.setAttribute("aria-controls", panel.id);
      panel.setAttribute("role", "tabpanel");
      panel.setAttribute("aria-labelledby", tab.id);
      panel.tabIndex = 0;
      const show = (target) => {
        select(target, true);
        remember("app", target.hash);
        history.replaceState(null, "", target.hash);
      };
      tab.addEventListener("click", (event) => { event.preventDefault(); show(tab); });
      tab.addEventListener("keydown", (event) => {
        const step = { ArrowRight: index + 1, ArrowLeft: index - 1, Home: 0, End: -1 }[event.key];
        if (event.key === " ") { event.preventDefault(); show(tab); }
        if (step === undefined) return;
        event.preventDefault();
        show(links.at(step % links.length));
      });
    });
    // The app that the page was opened in, else the one of the last visit, else the page's own idea.
    const agent = all("[data-agent]", tabs).find((panel) => navigator.userAgent.includes(panel.dataset.agent));
    const wanted = [agent && "#" + agent.id, remembered("app"), tabs.dataset.first];
    select(links.find((tab) => tab.hash === wanted.find(Boolean)) ?? links[0]);
    tabs.dataset.ready = "";
  };
  // A link into the page opens what it points at: the tab, or the accordion.
  const openTarget = () => {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    const panel = target.closest(".tab-panel");
    if (panel) select(document.getElementById(panel.id + "-tab"));
    const details = target.closest("details");
    if (details) details.open = true;
    // A search may have hidden it, or its group.
    for (let gone; (gone = target.closest("[hidden]")); ) gone.hidden = false;
    target.scrollIntoView();
  };

  // The steps follow the form; the server makes them, as it does for the page that the form leads to without this.
  const setUpBuilder = (form) => {
    const field = form.elements.inbox;
    const error = document.getElementById(field.id + "-error");
    let latest, timer;
    const update = async () => {
      latest?.abort();
      latest = new AbortController();
      const url = form.action + "?" + new URLSearchParams(new FormData(form));
      try {
        const answer = await fetch(url, { headers: { accept: "application/json" }, signal: latest.signal });
        const steps = await answer.json();
        const wrong = steps.field === field.name;
        field.setAttribute("aria-invalid", String(wrong));
        error.textContent = wrong ? error.dataset.says : "";
        if (!steps.setup) return;
        for (const [name, text] of Object.entries(steps.setup)) {
          for (const element of all("[data-setup='" + name + "']")) {
            if (element.href) element.href = text;
            else element.textContent = text;
          }
        }
        for (const line of all("[data-narrowed]")) line.textContent = steps.summary;
        announce(steps.summary);
      } catch { /* A later change took over, or the server is away: the form's button says so. */ }
    };
    form.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(update, 150);
    });
    // What a browser puts back on the way back or on reload, which it does after the page is parsed.
    const changed = (input) => input.checked !== input.defaultChecked || input.value !== input.defaultValue;
    addEventListener("pageshow", () => { if (all("input", form).some(changed)) update(); });
  };

  const setUpPlayground = (ground) => {
    const at = (name) => ground.querySelector("[data-stage='" + name + "']");
    const links = all("[data-play]", ground);
    const forms = all("[data-form]", ground);
    const pretty = (value) => JSON.stringify(value, null, 2);
    let recorded, name = links[0].dataset.play, index = 0, form = "text";
    const mark = () => {
      for (const link of links) link.setAttribute("aria-current", String(link.dataset.play === name));
    };
    const show = (tool) => {
      const example = tool.examples[index % tool.examples.length];
      const data = form === "data" && example.result;
      const answer = data ? JSON.stringify(data) : example.answer;
      const bytes = new TextEncoder().encode(answer).length;
      at("wish").textContent = example.title;
      at("name").textContent = name;
      at("call").textContent = pretty({ name, arguments: example.arguments });
      at("answer").textContent = data ? pretty(data) : answer;
      at("size").textContent = at("size").dataset.says
        .replace("{bytes}", bytes.toLocaleString(root.lang))
        .replace("{tokens}", Math.ceil(bytes / 4).toLocaleString(root.lang));
      at("another").hidden = tool.examples.length < 2;
      announce(example.title);
    };
    const play = async (change) => {
      change();
      mark();
      for (const button of forms) button.setAttribute("aria-pressed", String(button.dataset.form === form));
      try {
        recorded ??= (await (await fetch(ground.dataset.tools)).json()).tools;
        at("trouble").textContent = "";
        show(recorded.find((tool) => tool.name === name));
      } catch {
        at("trouble").textContent = at("trouble").dataset.says;
      }
    };
    mark();
    for (const link of links) {
      link.addEventListener("click", (event) => {
        event.preventDefault();
        play(() => { name = link.dataset.play; index = 0; });
        document.getElementById("stage").scrollIntoView({ block: "nearest" });
      });
    }
    for (const button of forms) button.addEventListener("click", () => play(() => { form = button.dataset.form; }));
    at("another").addEventListener("click", () => play(() => { index += 1; }));
  };

  const setUpSearch = (input) => {
    const line = input.parentElement.querySelector("[data-found]");
    const tools = all("#tools .accordion");
    const texts = tools.map((tool) => tool.textContent.toLowerCase());
    input.addEventListener("input", () => {
      const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      tools.forEach((tool, index) => { tool.hidden = !words.every((word) => texts[index].includes(word)); });
      for (const group of all(".tool-group")) group.hidden = !all(".accordion", group).some((tool) => !tool.hidden);
      const found = tools.filter((tool) => !tool.hidden).length;
      line.textContent = words.length
        ? line.dataset.found.replace("{found}", found).replace("{all}", tools.length)
        : "";
    });
  };

  const showStatus = async (strip) => {
    try {
      const status = await (await fetch(strip.dataset.status)).json();
      const states = { server: status.status, upstream: status.upstream.status };
      for (const line of all("[data-of]", strip)) {
        const state = states[line.dataset.of];
        line.textContent = line.dataset[state] ?? state;
        line.dataset.state = state;
      }
    } catch { /* What the page says already stays. */ }
  };


  // Consent: the sentence follows the choices; consent_summary.rs decides the same.
  const setUpSummary = (summary) => {
    const form = summary.closest("form");
    // What conditions compare, and what people read.
    const value = (name) => {
      const control = form.elements["choice_" + name];
      const text = control?.value;
      if (control?.type === "checkbox") return [String(control.checked)];
      if (control?.type === "number") return [text && String(Number(text)), text && String(Number(text))];
      if (control?.type) return [text, control.selectedOptions[0].label];
      const boxes = all("[name^='choice_" + name + ".']", form);
      if (text === "all" || !boxes.length) return [text];
      const ticked = boxes.filter((box) => box.checked).map((box) => box.closest("label").textContent.trim());
      const most = ticked.slice(0, -1).join(", ");
      return [ticked.length ? "some" : "none", [most, ...ticked.slice(-1)].filter(Boolean).join(summary.dataset.and)];
    };
    const update = () => {
      for (const clause of all("[data-when]", summary)) {
        clause.hidden = ![...new URLSearchParams(clause.dataset.when)].every(([name, wanted]) =>
          name.endsWith("!") ? value(name.slice(0, -1))[0] !== wanted : value(name)[0] === wanted);
      }
      for (const slot of all("[data-fill]", summary)) slot.textContent = value(slot.dataset.fill)[1] || "…";
    };
    // Read out when a choice has been made, not at each digit.
    let said = summary.innerText;
    form.addEventListener("input", update);
    form.addEventListener("change", () => {
      if (summary.innerText !== said) announce(said = summary.innerText);
    });
    addEventListener("pageshow", update);
  };
  // Consent: the page says a minute before that it expires, and when it has. By the clock, because timers sleep.
  const setUpExpiry = (expiry) => {
    const end = Date.now() + expiry.dataset.expires * 1000;
    const [soon, over] = all("[data-expiry]", expiry);
    const look = () => {
      const left = end - Date.now();
      soon.hidden = left > 60000 || left <= 0;
      over.hidden = left > 0;
      if (left > 0) setTimeout(look, Math.min(left, 5000));
    };
    look();
  };

  document.addEventListener("DOMContentLoaded", () => {
    applyTheme(remembered("theme"));
    all(".tabs").forEach(setUpTabs);
    all("#builder").forEach(setUpBuilder);
    all(".playground").forEach(setUpPlayground);
    all("#tool-search").forEach(setUpSearch);
    all("[data-status]").forEach(showStatus);
    all("[data-summary]").forEach(setUpSummary);
    all("[data-expires]").forEach(setUpExpiry);
    openTarget();
    addEventListener("hashchange", openTarget);
    document.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (!button) return;
      if (button.matches(".copy")) copy(button);
      if (button.dataset.reveal) {
        reveal(button, document.getElementById(button.dataset.reveal).type === "password");
      }
      if (button.dataset.themeChoice) {
        const choice = button.dataset.themeChoice;
        remember("theme", choice === "system" ? "" : choice);
        applyTheme(choice);
      }
    });
    document.addEventListener("submit", (event) => {
      for (const button of all("[data-reveal]", event.target)) reveal(button, false);
    });
  });
})();
