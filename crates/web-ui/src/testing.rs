//! A check that every page must pass, for the tests of the crates that serve pages (feature `testing`).
//!
//! It parses the page as a browser would and lists what is wrong with it: markup, inline code, foreign or missing
//! files, dangling references, unlabelled fields, classes that the stylesheet does not know.

use crate::assets;
use html5ever::tendril::TendrilSink;
use html5ever::{ParseOpts, parse_document};
use markup5ever_rcdom::{Handle, NodeData, RcDom};
use std::collections::{BTreeMap, BTreeSet};

/// What is wrong with a page; empty when nothing is. `base` is the path prefix it was rendered for.
pub fn violations(html: &str, base: &str) -> Vec<String> {
    let (elements, mut found) = parse(html);
    let ids = ids(&elements, &mut found);
    let known_classes = classes(include_str!("../assets/style.css"));
    for element in &elements {
        inline_code(element, &mut found);
        loaded_files(element, base, &mut found);
        references(element, &ids, &mut found);
        labels(element, &elements, &mut found);
        for class in element.attribute("class").unwrap_or_default().split_whitespace() {
            if !known_classes.contains(class) {
                found.push(format!("{element}: no rule for class {class}"));
            }
        }
    }
    outline(&elements, &mut found);
    found
}

/// The page's elements with the names of their attributes, in document order. Two renderings of one template
/// with values of different content have the same shape, or a value became markup.
pub fn shape(html: &str) -> Vec<String> {
    let (elements, _) = parse(html);
    elements
        .iter()
        .map(|element| {
            let names: Vec<_> = element.attributes.keys().map(String::as_str).collect();
            format!("{} {}", element.name, names.join(" "))
        })
        .collect()
}

/// The targets of the page's links, in document order.
pub fn links(html: &str) -> Vec<String> {
    let (elements, _) = parse(html);
    elements
        .iter()
        .filter(|element| element.name == "a")
        .filter_map(|element| element.attribute("href").map(str::to_owned))
        .collect()
}

/// The text inside each element that has `class`, in document order.
pub fn texts(html: &str, class: &str) -> Vec<String> {
    let (elements, _) = parse(html);
    elements.into_iter().filter(|element| element.has_class(class)).map(|element| element.text).collect()
}

/// The classes for which a stylesheet has rules.
pub fn classes(stylesheet: &str) -> BTreeSet<String> {
    let mut classes = BTreeSet::new();
    // Selectors are what stands before a brace; declarations end in one or a semicolon.
    for selector in stylesheet.split('{').filter_map(|part| part.rsplit(['}', ';', '/']).next()) {
        for (at, _) in selector.match_indices('.') {
            let name: String =
                selector[at + 1..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
            if name.starts_with(|c: char| c.is_ascii_alphabetic()) {
                classes.insert(name);
            }
        }
    }
    classes
}

#[derive(Debug)]
struct Element {
    name: String,
    attributes: BTreeMap<String, String>,
    text: String,
    inside_label: bool,
}

impl Element {
    fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.get(name).map(String::as_str)
    }

    fn has_class(&self, class: &str) -> bool {
        self.attribute("class").is_some_and(|names| names.split_whitespace().any(|name| name == class))
    }
}

impl std::fmt::Display for Element {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "<{}", self.name)?;
        for name in ["id", "class", "name", "href", "src"] {
            if let Some(value) = self.attribute(name) {
                write!(f, " {name}={value:?}")?;
            }
        }
        f.write_str(">")
    }
}

fn parse(html: &str) -> (Vec<Element>, Vec<String>) {
    let dom = parse_document(RcDom::default(), ParseOpts::default()).one(html);
    let errors = dom.errors.borrow().iter().map(|error| format!("markup: {error}")).collect();
    let mut elements = Vec::new();
    collect(&dom.document, false, &mut elements);
    (elements, errors)
}

fn collect(node: &Handle, inside_label: bool, elements: &mut Vec<Element>) {
    let mut inside_label = inside_label;
    if let NodeData::Element { name, attrs, .. } = &node.data {
        let attributes = attrs
            .borrow()
            .iter()
            .map(|attribute| (attribute.name.local.to_string(), attribute.value.to_string()))
            .collect();
        let mut text = String::new();
        collect_text(node, &mut text);
        elements.push(Element { name: name.local.to_string(), attributes, text, inside_label });
        inside_label |= &*name.local == "label";
    }
    for child in node.children.borrow().iter() {
        collect(child, inside_label, elements);
    }
}

fn collect_text(node: &Handle, text: &mut String) {
    if let NodeData::Text { contents } = &node.data {
        text.push_str(&contents.borrow());
    }
    for child in node.children.borrow().iter() {
        collect_text(child, text);
    }
}

fn ids(elements: &[Element], found: &mut Vec<String>) -> BTreeSet<String> {
    let mut ids = BTreeSet::new();
    for id in elements.iter().filter_map(|element| element.attribute("id")) {
        if !ids.insert(id.to_owned()) {
            found.push(format!("id {id} is there twice"));
        }
    }
    ids
}

/// The content security policy forbids all of these.
fn inline_code(element: &Element, found: &mut Vec<String>) {
    let inline_script = element.name == "script" && !element.text.trim().is_empty();
    if inline_script || element.name == "style" || element.attributes.contains_key("style") {
        found.push(format!("{element}: inline script or style"));
    }
    if element.attributes.keys().any(|name| name.starts_with("on")) {
        found.push(format!("{element}: inline event handler"));
    }
    for url in ["href", "src", "action", "formaction"].iter().filter_map(|name| element.attribute(name)) {
        let scheme = url.trim_start().to_ascii_lowercase();
        if ["javascript:", "data:", "vbscript:"].iter().any(|bad| scheme.starts_with(bad)) {
            found.push(format!("{element}: a URL that runs"));
        }
    }
}

fn loaded_files(element: &Element, base: &str, found: &mut Vec<String>) {
    let url = match element.name.as_str() {
        "script" | "img" | "iframe" | "source" | "video" | "audio" | "embed" => element.attribute("src"),
        "link" if element.attribute("rel") != Some("canonical") => element.attribute("href"),
        _ => return,
    };
    let exists = url.and_then(|url| url.strip_prefix(base)).is_some_and(|path| assets::find(path).is_some());
    if !exists {
        found.push(format!("{element}: loads what web_ui::assets does not have"));
    }
}

fn references(element: &Element, ids: &BTreeSet<String>, found: &mut Vec<String>) {
    let lists = ["for", "aria-labelledby", "aria-describedby", "aria-controls", "data-reveal"];
    let named = lists
        .iter()
        .filter_map(|name| element.attribute(name))
        .flat_map(str::split_whitespace)
        .chain(element.attribute("href").and_then(|href| href.strip_prefix('#')));
    for id in named.filter(|id| !ids.contains(*id)) {
        found.push(format!("{element}: there is no #{id}"));
    }
}

fn labels(element: &Element, elements: &[Element], found: &mut Vec<String>) {
    let named = element.attribute("aria-label").is_some_and(|label| !label.trim().is_empty())
        || element.attributes.contains_key("aria-labelledby");
    let labelled = match element.name.as_str() {
        "input" if element.attribute("type") == Some("hidden") => true,
        "input" | "select" | "textarea" => {
            named
                || element.inside_label
                || element.attribute("id").is_some_and(|id| {
                    elements.iter().any(|other| other.name == "label" && other.attribute("for") == Some(id))
                })
        }
        "button" | "a" | "summary" => named || !element.text.trim().is_empty(),
        "img" => element.attributes.contains_key("alt"),
        _ => true,
    };
    if !labelled {
        found.push(format!("{element}: has no name for a screen reader"));
    }
}

/// One `<h1>`, no level skipped on the way down, a language and a title.
fn outline(elements: &[Element], found: &mut Vec<String>) {
    let mut level = 0;
    for element in elements {
        let mut name = element.name.chars();
        let (Some('h'), Some(digit), None) = (name.next(), name.next(), name.next()) else { continue };
        let Some(next) = digit.to_digit(10) else { continue };
        if next > level + 1 {
            found.push(format!("{element}: a heading level is skipped before it"));
        }
        level = next;
    }
    let count = |name: &str| elements.iter().filter(|element| element.name == name).count();
    for name in ["h1", "main"] {
        if count(name) != 1 {
            found.push(format!("there are {} <{name}>, not one", count(name)));
        }
    }
    let has = |name: &str, test: fn(&Element) -> bool| {
        elements.iter().any(|element| element.name == name && test(element))
    };
    if !has("html", |html| html.attribute("lang").is_some_and(|lang| !lang.is_empty())) {
        found.push("the page does not say its language".to_owned());
    }
    if !has("title", |title| !title.text.trim().is_empty()) {
        found.push("the page has no title".to_owned());
    }
}
