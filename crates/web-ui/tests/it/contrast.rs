//! WCAG 2.2 contrast of every pair of colours that the stylesheet puts together, computed in both themes.

use std::collections::{BTreeMap, BTreeSet};

const STYLE: &str = include_str!("../../assets/style.css");

/// Text on its ground: 4.5 to 1 (success criterion 1.4.3).
const TEXT: &[(&str, &str)] = &[
    ("ink", "ground"),
    ("ink", "surface"),
    ("ink", "sunken"),
    ("ink", "info-soft"),
    ("ink", "accent-soft"),
    ("ink", "warn-soft"),
    ("ink", "error-soft"),
    ("ink-soft", "ground"),
    ("ink-soft", "surface"),
    ("ink-soft", "sunken"),
    ("ink-soft", "info-soft"),
    ("accent", "ground"),
    ("accent", "surface"),
    ("accent", "sunken"),
    ("accent", "info-soft"),
    ("accent", "accent-soft"),
    ("accent", "warn-soft"),
    ("accent", "error-soft"),
    ("accent-strong", "ground"),
    ("accent-strong", "surface"),
    ("accent-strong", "accent-soft"),
    ("on-accent", "accent"),
    ("on-accent", "accent-strong"),
    ("on-error", "error"),
    ("on-error", "error-strong"),
    ("info", "info-soft"),
    ("warn", "warn-soft"),
    ("error", "error-soft"),
    ("error", "ground"),
    ("error", "surface"),
];

/// Borders of controls, focus rings and marks: 3 to 1 (success criteria 1.4.11 and 2.4.13).
const CONTROLS: &[(&str, &str)] = &[
    ("control", "ground"),
    ("control", "surface"),
    ("control", "sunken"),
    ("accent", "ground"),
    ("accent", "surface"),
    ("error", "surface"),
    ("info", "ground"),
    ("warn", "ground"),
];

/// Colours that carry no meaning by themselves: separators and shadows.
const DECORATION: &[&str] = &["line", "shadow"];

#[test]
fn every_pair_of_colours_is_readable_in_both_themes() {
    let colours = colours();
    let mut failures = Vec::new();
    for (pairs, needed) in [(TEXT, 4.5), (CONTROLS, 3.0)] {
        for (front, back) in pairs {
            for (theme, name) in ["light", "dark"].iter().enumerate() {
                let ratio = contrast(colours[*front][theme], colours[*back][theme]);
                if ratio < needed {
                    failures.push(format!("{front} on {back}, {name}: {ratio:.2}, needs {needed}"));
                }
            }
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

#[test]
fn every_colour_is_a_custom_property_and_is_computed() {
    let computed: BTreeSet<&str> = TEXT
        .iter()
        .chain(CONTROLS)
        .flat_map(|(front, back)| [*front, *back])
        .chain(DECORATION.iter().copied())
        .collect();
    let declared: BTreeSet<String> = colours().into_keys().chain(["shadow".to_owned()]).collect();
    assert_eq!(declared.iter().map(String::as_str).collect::<BTreeSet<_>>(), computed);

    let rules = &STYLE[STYLE.find("[data-theme=").unwrap()..];
    let literal: Vec<&str> = rules
        .lines()
        .filter(|line| line.contains('#') || line.contains("rgb(") || line.contains("hsl("))
        // The mark looks the same everywhere, like the icon.
        .filter(|line| !line.starts_with(".mark-"))
        .collect();
    assert!(literal.is_empty(), "colours outside of the list: {literal:#?}");
}

#[test]
fn the_formula_knows_the_extremes() {
    assert!((contrast([0, 0, 0], [255, 255, 255]) - 21.0).abs() < 0.001);
    assert!((contrast([0x76, 0x76, 0x76], [255, 255, 255]) - 4.54).abs() < 0.01);
}

/// Every `--name: light-dark(#rrggbb, #rrggbb);`.
fn colours() -> BTreeMap<String, [[u8; 3]; 2]> {
    STYLE
        .lines()
        .filter_map(|line| {
            let (name, value) = line.trim().strip_prefix("--")?.split_once(": light-dark(")?;
            let (light, dark) = value.strip_suffix(");")?.split_once(", ")?;
            Some((name.to_owned(), [rgb(light), rgb(dark)]))
        })
        .collect()
}

fn rgb(hex: &str) -> [u8; 3] {
    let value = u32::from_str_radix(hex.strip_prefix('#').unwrap(), 16).unwrap();
    assert_eq!(hex.len(), 7, "{hex}");
    let [_, red, green, blue] = value.to_be_bytes();
    [red, green, blue]
}

/// <https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio>
fn contrast(one: [u8; 3], other: [u8; 3]) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// <https://www.w3.org/TR/WCAG22/#dfn-relative-luminance>
fn luminance(colour: [u8; 3]) -> f64 {
    let [red, green, blue] = colour.map(|channel| {
        let channel = f64::from(channel) / 255.0;
        if channel <= 0.04045 { channel / 12.92 } else { ((channel + 0.055) / 1.055).powf(2.4) }
    });
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}
