//! Writes the pages of the tests' sample content into folders of static files, to look at while changing
//! them: `cargo run -p openphone-mcp-landing --example preview -- /tmp/preview`.

use landing::{Landing, LandingContent};
use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};
use web_ui::assets;

#[path = "../tests/it/sample.rs"]
mod sample;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(env::args().nth(1).ok_or("usage: preview <folder>")?);
    write(&folder.join("public"), &sample::public())?;
    write(&folder.join("sandbox"), &sample::sandbox())?;
    write(&folder.join("open"), &sample::open())?;
    write(&folder.join("prefixed"), &sample::prefixed())
}

/// Links are absolute paths, so the folder has to be the root of a web server or the files be opened from it;
/// the pages are written with links relative to the folder instead.
fn write(folder: &Path, content: &LandingContent) -> Result<(), Box<dyn Error>> {
    for asset in assets::all() {
        let file = folder.join(asset.path.trim_start_matches('/'));
        fs::create_dir_all(file.parent().ok_or("an asset without a folder")?)?;
        fs::write(file, asset.body.plain())?;
    }
    let landing = Landing::new(content.clone())?;
    let mount = content.public_url.splitn(4, '/').nth(3).map(|path| format!("/{path}")).unwrap_or_default();
    for (path, file) in [("/", "index.html"), ("/privacy", "privacy.html")] {
        let request = http::Request::get(format!("{mount}{path}")).body(())?;
        let response = landing.handle(&request).ok_or("a page is missing")?;
        let html = String::from_utf8(response.into_body().to_vec())?;
        let html = html
            .replace(&format!("href=\"{mount}/"), "href=\"./")
            .replace(&format!("src=\"{mount}/"), "src=\"./")
            .replace("href=\"./\"", "href=\"./index.html\"")
            .replace("href=\"./privacy\"", "href=\"./privacy.html\"");
        fs::write(folder.join(file), html)?;
    }
    Ok(())
}
