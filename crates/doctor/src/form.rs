//! Reading a page's form as a browser does: which fields it sends, where to, and which buttons there are. Not a
//! parser of HTML: no tree, only tags with their attributes, in the order of the page.

use url::Url;

/// A form on a page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageForm {
    /// Where it is sent, as the page says.
    pub action: String,
    /// `get` or `post`.
    pub method: String,
    /// What is sent along: hidden fields, ticked boxes, chosen options.
    pub fields: Vec<(String, String)>,
    /// Names of the fields that the user fills in, passwords first.
    pub blanks: Vec<String>,
    /// Buttons that send it: name, value, and what is written on them.
    pub buttons: Vec<(String, String, String)>,
}

impl PageForm {
    /// The first form of a page that is sent with `POST`.
    pub fn of(html: &str) -> Option<Self> {
        let mut forms = Vec::new();
        let mut reader = Reader::default();
        let mut rest = html;
        while let Some((before, after)) = rest.split_once('<') {
            reader.text(before);
            rest = match after.strip_prefix("!--") {
                Some(comment) => comment.split_once("-->").map_or("", |(_, rest)| rest),
                None => {
                    let (tag, rest) = tag(after);
                    forms.extend(reader.tag(&tag));
                    // What is in these is text until their own end.
                    match tag.name.as_str() {
                        name @ ("script" | "style") => {
                            rest.split_once(&format!("</{name}")).map_or("", |(_, rest)| rest)
                        }
                        _ => rest,
                    }
                }
            };
        }
        forms.extend(reader.form.take());
        forms.into_iter().find(|form| form.method == "post")
    }

    /// Where it is sent, when it stands on this page.
    pub fn target(&self, page: &Url) -> Option<Url> {
        if self.action.is_empty() { Some(page.clone()) } else { page.join(&self.action).ok() }
    }

    /// The button whose value, name or words say one of these.
    pub fn button(&self, words: &[&str]) -> Option<&(String, String, String)> {
        let says = |text: &String| words.iter().any(|word| text.to_ascii_lowercase().contains(word));
        self.buttons.iter().find(|(name, value, label)| says(value) || says(name) || says(label))
    }
}

#[derive(Default)]
struct Reader {
    form: Option<PageForm>,
    /// The `select` that is open.
    select: Option<String>,
    /// Whether a button's words are being read.
    button: bool,
}

impl Reader {
    fn text(&mut self, text: &str) {
        if self.button
            && let Some((.., label)) = self.form.as_mut().and_then(|form| form.buttons.last_mut())
        {
            label.push_str(&unescaped(text));
        }
    }

    /// Takes a tag in, and gives the form that it ends.
    fn tag(&mut self, tag: &Tag) -> Option<PageForm> {
        match tag.name.as_str() {
            "form" => {
                let form = PageForm {
                    action: tag.get("action"),
                    method: tag.get("method").to_ascii_lowercase(),
                    ..PageForm::default()
                };
                return self.form.replace(form);
            }
            "/form" => return self.form.take(),
            "/select" => self.select = None,
            "/button" => self.button = false,
            _ => {}
        }
        let form = self.form.as_mut()?;
        let (name, value) = (tag.get("name"), tag.get("value"));
        if tag.has("disabled") {
            return None;
        }
        match (tag.name.as_str(), tag.get("type").to_ascii_lowercase().as_str()) {
            ("button", "submit" | "") => {
                form.buttons.push((name, value, String::new()));
                self.button = true;
            }
            ("input", "submit") => form.buttons.push((name, value.clone(), value)),
            ("input", "checkbox" | "radio") if tag.has("checked") => {
                form.fields.push((name, if value.is_empty() { "on".to_owned() } else { value }));
            }
            ("input", "checkbox" | "radio" | "button" | "reset" | "image" | "file") => {}
            ("input", "password") => form.blanks.insert(0, name),
            ("input", "hidden") => form.fields.push((name, value)),
            ("input" | "textarea", _) if value.is_empty() => form.blanks.push(name),
            ("input" | "textarea", _) => form.fields.push((name, value)),
            ("select", _) => self.select = Some(name),
            ("option", _) => {
                if let Some(select) = &self.select {
                    let chosen = form.fields.iter().position(|(name, _)| name == select);
                    match chosen {
                        Some(at) if tag.has("selected") => form.fields[at].1 = value,
                        Some(_) => {}
                        None => form.fields.push((select.clone(), value)),
                    }
                }
            }
            _ => {}
        }
        None
    }
}

/// A tag: its name in lower case, with the slash of an end tag, and its attributes.
#[derive(Debug, Default)]
struct Tag {
    name: String,
    attributes: Vec<(String, String)>,
}

impl Tag {
    fn get(&self, name: &str) -> String {
        let found = self.attributes.iter().find(|(other, _)| other == name);
        found.map(|(_, value)| unescaped(value)).unwrap_or_default()
    }

    fn has(&self, name: &str) -> bool {
        self.attributes.iter().any(|(other, _)| other == name)
    }
}

/// Every `input` of a page: its type, name, and whether the browser may remember it.
pub fn inputs(html: &str) -> Vec<(String, String, String)> {
    let tags = html.split('<').skip(1).map(|after| tag(after).0).filter(|tag| tag.name == "input");
    tags.map(|tag| (tag.get("type").to_ascii_lowercase(), tag.get("name"), tag.get("autocomplete"))).collect()
}

/// Reads a tag whose `<` is behind us, and gives what follows it.
fn tag(text: &str) -> (Tag, &str) {
    let is_name = |c: char| !c.is_whitespace() && c != '>' && c != '=';
    let end = text.find(|c: char| c.is_whitespace() || c == '>').unwrap_or(text.len());
    let mut tag =
        Tag { name: text[..end].trim_end_matches('/').to_ascii_lowercase(), attributes: Vec::new() };
    if text.starts_with('/') {
        tag.name = text[..end].to_ascii_lowercase();
    }
    let mut rest = text[end..].trim_start_matches(|c: char| c.is_whitespace() || c == '/');
    while !rest.is_empty() && !rest.starts_with('>') {
        let end = rest.find(|c| !is_name(c)).unwrap_or(rest.len());
        let name = rest[..end].trim_end_matches('/').to_ascii_lowercase();
        rest = rest[end..].trim_start();
        let mut value = "";
        if let Some(after) = rest.strip_prefix('=') {
            let after = after.trim_start();
            (value, rest) = match after.chars().next() {
                Some(quote @ ('"' | '\'')) => after[1..].split_once(quote).unwrap_or((&after[1..], "")),
                _ => {
                    after.split_at(after.find(|c: char| c.is_whitespace() || c == '>').unwrap_or(after.len()))
                }
            };
        } else if end == 0 {
            // Something that no name begins with: passed over, as browsers do.
            rest = rest.get(1..).unwrap_or_default();
        }
        if !name.is_empty() {
            tag.attributes.push((name, value.to_owned()));
        }
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
    }
    (tag, rest.strip_prefix('>').unwrap_or_default())
}

/// Character references as templates write them.
fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        plain.push_str(before);
        let reference = after.split_once(';').and_then(|(name, tail)| Some((reference(name)?, tail)));
        match reference {
            Some((c, tail)) => {
                plain.push(c);
                rest = tail;
            }
            None => {
                plain.push('&');
                rest = after;
            }
        }
    }
    plain.push_str(rest);
    plain
}

fn reference(name: &str) -> Option<char> {
    let number = |text: &str, radix| u32::from_str_radix(text, radix).ok().and_then(char::from_u32);
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "nbsp" => Some('\u{a0}'),
        _ => match name.strip_prefix('#')? {
            hex if hex.starts_with(['x', 'X']) => number(&hex[1..], 16),
            decimal => number(decimal, 10),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_sent_as_a_browser_would() {
        let page = "<form action=/search><input name=q></form><!-- <form method=post action=/no> -->
            <script>'<form method=post>'</script>
            <FORM method = 'POST' action=\"/authorize?a=1&amp;b=2\" autocomplete=off>
            <input type=hidden name=transaction value=\"x&#x2F;y&quot;&lt;>\"/>
            <input type=checkbox name=cap checked><input type=checkbox name=not>
            <select name=days><option value=1>1<option value=7 selected>7</select>
            <input id=k name=\"api_key\" type=\"password\" required><input name=note>
            <button name=decision value=approve> Approve </button><button type=button>Show</button>
            <button name=decision value=deny>Deny</button></FORM>";
        let form = PageForm::of(page).unwrap();
        assert_eq!(
            form.target(&Url::parse("https://a.example/authorize").unwrap()).unwrap().as_str(),
            "https://a.example/authorize?a=1&b=2"
        );
        let fields: Vec<_> = form.fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(fields, ["transaction=x/y\"<>", "cap=on", "days=7"]);
        assert_eq!(form.blanks, ["api_key", "note"]);
        assert_eq!(form.buttons.len(), 2);
        assert_eq!(form.button(&["deny"]).unwrap().1, "deny");
        assert_eq!(form.button(&["allow", "approve"]).unwrap().2, " Approve ");
        assert_eq!(inputs(page).iter().find(|(kind, ..)| kind == "password").unwrap().1, "api_key");
    }

    #[test]
    fn pages_without_a_form_and_broken_ones_have_none() {
        for page in [
            "",
            "<p>Hello",
            "<form action=x",
            "<form method=get></form>",
            "<",
            "<a b='",
            "<form method=post <=\u{e9}",
        ] {
            let form = PageForm::of(page);
            assert!(form.is_none_or(|form| form.fields.is_empty()), "{page}");
        }
    }
}
