//! What every page of the server has in common: layout, stylesheet, script, icons, security headers.
//!
//! A crate that serves pages renders its own `<main>` with an askama template, wraps it in a [`Page`] and answers
//! with [`html_response`]. The server routes what [`assets::handle`] owns. Nothing is loaded from another origin,
//! nothing is inline, and every page works without the script.
//!
//! ```
//! use web_ui::{Html, Page, html_response};
//!
//! let main = Html::from_static("<h1>This link has expired</h1><p>Start again from your app.</p>");
//! let page = Page::new("Link expired", "The sign-in link is no longer valid.", main);
//! let response = html_response(http::StatusCode::BAD_REQUEST, &page);
//! assert_eq!(response.headers()["cache-control"], "no-store");
//! ```
//!
//! # Components
//!
//! Classes of the stylesheet and the markup that each expects. `main` opens with the page's only `<h1>`.
//!
//! **Rhythm.** The parts of a narrow page stand apart by themselves. `.stack` (`.stack-small`, `.stack-large`) sets its children one step apart; `.card`, `form`, `.callout`,
//! `.accordion-body` and `.tab-panel` do so by themselves. `<section class="section">` opens a part of a wide page
//! with an `<h2>`. `.grid` places cards side by side as room allows. `.lead` is the sentence under the `<h1>`,
//! `.muted` is quiet text, `.label` a small caption above a box, `.visually-hidden` is for screen readers only.
//!
//! **Card**: `<section class="card">…</section>`; `card flat` has no shadow.
//!
//! **Button**: `class="button"` on `<button>` or `<a>` is the secondary one; `button primary` (one per page) and
//! `button danger`. A row of them: `<div class="actions">…</div>`; `actions split` makes them equally wide.
//!
//! **Field**: hint and error are tied to the input by `aria-describedby`; the error line exists only when there is
//! one, together with `aria-invalid="true"`. The button that shows and hides a secret is optional; it appears only
//! when the script runs.
//! ```html
//! <div class="field">
//!   <label for="api_key">API key</label>
//!   <p class="hint" id="api_key-hint">Settings, API, Generate API key.</p>
//!   <p class="error" id="api_key-error">OpenPhone does not know this key.</p>
//!   <div class="field-row">
//!     <input class="input" id="api_key" name="api_key" type="password" autocomplete="current-password"
//!            spellcheck="false" aria-describedby="api_key-error api_key-hint" aria-invalid="true">
//!     <button class="button" type="button" data-reveal="api_key" aria-controls="api_key" data-other="Hide">Show</button>
//!   </div>
//! </div>
//! ```
//!
//! **Choices**: checkboxes or radio buttons.
//! ```html
//! <fieldset class="choices">
//!   <legend>Inboxes</legend>
//!   <label class="choice"><input type="checkbox" name="inbox" value="PN1" checked>
//!     <span>Main line <small>+1 415 555 0100</small></span></label>
//! </fieldset>
//! ```
//! **Several of many**, inside choices: everything, or those that are ticked. Without the radio buttons, no `within`.
//! ```html
//! <fieldset class="several"><legend>Inboxes</legend><p class="hint">…</p>
//!   <label class="choice"><input type="radio" name="inboxes" value="all" checked><span>All inboxes</span></label>
//!   <label class="choice"><input type="radio" name="inboxes" value="some"><span>Only those ticked here:</span></label>
//!   <div class="options within"><label class="choice"><input type="checkbox" name="inboxes.0"><span>Main line</span></label></div>
//! </fieldset>
//! ```
//!
//! **Facts**: names and values. `<dl class="facts"><div><dt>App</dt><dd>Claude</dd></div></dl>`
//!
//! **Parties**: who asks, a lock, and what is asked for, as a picture above the `<h1>` of a consent page: tiles `party` and
//! `party own` with `party-lock` between them, in `<div class="parties" aria-hidden="true">`. `emblem` is the one tile above
//! an error's heading. `<ul class="grants">` lists what is granted, with a check mark each.
//!
//! **Outcome**: a sentence that follows the choices of its form (`choice_<name>`). Conditions and values are filled in by
//! the server; the script does the same when a choice changes. What is `plain` is there only without the script.
//! ```html
//! <div class="callout info outcome"><p data-summary data-and=" and "><span>It may read</span><span
//!   data-when="access=full&cap!=1"> and send <strong data-fill="cap">50</strong> texts</span>.</p></div>
//! ```
//! **Expiry**: after so many seconds the script shows the second child, a minute before the first.
//! `<div data-expires="600" role="status"><p data-expiry hidden>…</p><div data-expiry hidden>…</div></div>`
//!
//! **Callout**: `info`, `ok`, `warn` or `error`; one that appears in answer to the person's act has `role="alert"`.
//! ```html
//! <div class="callout warn"><p class="callout-title">This app runs on your computer</p><p>…</p></div>
//! ```
//!
//! **Badge**: `<span class="badge warn">Writes</span>` with `info`, `ok`, `warn`, `error` or none. Never colour alone:
//! the word says it.
//!
//! **Steps**: `<ol class="steps"><li><p>…</p></li></ol>`
//!
//! **Code box**: a text to copy. The button copies the `<code>` beside it; it appears only when the script runs, and
//! the text alone can be selected without it. Long lines wrap. `codebox large` is for the one address that a page
//! is about. Give the button a name of its own with `aria-label`, opening with the word "Copy".
//! ```html
//! <div class="codebox"><pre><code>https://mcp.example.com/mcp</code></pre>
//!   <button class="copy" type="button" aria-label="Copy the address">Copy</button></div>
//! ```
//!
//! **Tabs**: links to panels; without script a table of contents above panels that are all visible. The selected tab
//! is in the URL's fragment. A panel opens with its own heading.
//! ```html
//! <div class="tabs">
//!   <ul class="tab-list"><li><a href="#claude">Claude</a></li><li><a href="#chatgpt">ChatGPT</a></li></ul>
//!   <section class="tab-panel card" id="claude"><h3>Claude</h3>…</section>
//!   <section class="tab-panel card" id="chatgpt"><h3>ChatGPT</h3>…</section>
//! </div>
//! ```
//!
//! **Accordion**: a link to its `id` opens it.
//! ```html
//! <details class="accordion" id="tool-send-message">
//!   <summary><span class="accordion-title">Send a text</span> <code>send-message</code>
//!     <span class="badge warn accordion-aside">Sends texts</span></summary>
//!   <div class="accordion-body">…</div>
//! </details>
//! ```
//!
//! **Exchange**: a person's wish, the tool that was called, what came of it, as a `<figure class="exchange">` of paragraphs
//! `exchange-wish`, `exchange-call` and `exchange-answer`; beside a text in `<div class="hero split">`.
//!
//! **Strip**: a few facts side by side, `<dl class="strip">` of `<div>` with `<dt>` and `<dd>`. A `<span data-state="ok">`
//! in it has a dot before it; `unknown`, `degraded` and `down` have dots of other colours. The text says it as well.
//!
//! **Chips**: checkboxes in a row, `<div class="chips">` of `<label class="chip"><input type="checkbox"><span>…</span></label>`
//! inside a fieldset. **Switch**: `<span class="switch" role="group">` of buttons with `aria-pressed`.
//!
//! **Playground**: `<div class="wishes">` (a list of links, the chosen one with `aria-current`) beside
//! `<div class="stage card">`, in `<div class="playground">`. `codebox tall` scrolls by itself.
//!
//! **Flow**: who does what, one after the other, as `<ol class="flow">`. **Groups**: accordions under a heading of their
//! own in `<section class="tool-group">`; `.cost` is a quiet number at the end of a summary. **Eyebrow**: the line above
//! the `<h1>`. **Onward**: a link (or summary) that stands alone is large enough to hit with `.onward`. `.js-only` is shown only when the script runs.
//!
//! **Table**: scrolls by itself on a narrow screen, so it can be focused and has a name. `<span class="required">` is
//! the small word below a row's name.
//! ```html
//! <div class="table-wrap" tabindex="0" role="region" aria-label="Arguments"><table>…</table></div>
//! ```
//!
//! A crate that serves pages checks each of them in its tests with `testing::violations` (feature `testing`).
//!
//! To add a component: its rules in `assets/style.css`, its markup here and in `examples/gallery.rs`, its colours as
//! custom properties in the list that `tests/it/contrast.rs` computes.

pub mod assets;
mod headers;
mod html;
pub mod negotiate;
mod page;
mod prepared;
#[cfg(feature = "testing")]
pub mod testing;

pub use headers::{CONTENT_SECURITY_POLICY, HeaderPolicy, html_response, security_headers};
pub use html::Html;
pub use page::{Brand, Page, Width, render};
pub use prepared::{Prepared, compressed, etag, matches_etag};
