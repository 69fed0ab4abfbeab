//! Writes every component into a folder of static pages, to look at while changing the stylesheet:
//! `cargo run -p openphone-mcp-web-ui --example gallery -- /tmp/gallery`, then open `form.html` and
//! `components.html` there.

use std::error::Error;
use std::path::PathBuf;
use std::{env, fs};
use web_ui::{Html, Page, Width, assets, render};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(env::args().nth(1).ok_or("usage: gallery <folder>")?);
    for asset in assets::all() {
        let file = folder.join(asset.path.trim_start_matches('/'));
        fs::create_dir_all(file.parent().ok_or("an asset without a folder")?)?;
        fs::write(file, asset.body.plain())?;
    }
    let nav = Html::from_static(r#"<a href="form.html">Form</a><a href="components.html">All</a>"#);
    for (name, title, width, main) in [
        ("form.html", "Connect your workspace", Width::Narrow, include_str!("form.html")),
        ("components.html", "Components", Width::Wide, include_str!("components.html")),
    ] {
        let page = Page::new(title, "A page of the gallery.", Html::from_static(main))
            .width(width)
            .base(".")
            .nav(nav.clone());
        fs::write(folder.join(name), render(&page))?;
    }
    Ok(())
}
