//! A contact: all of it but its notes, as `get-contact` shows it.

use openphone_client::ContactId;

use super::{Lines, ResourceError, reading};
use crate::contact::WholeContact;
use crate::context::Context;
use crate::people;
use crate::text::NOTICE;

pub(super) async fn read(cx: &Context, id: &ContactId) -> Result<String, ResourceError> {
    let workspace = cx.workspace();
    let contacts = workspace.contacts();
    let (contact, people) = futures_util::join!(contacts.get(id), people::names(cx));
    let contact = WholeContact::shown(&contact.map_err(reading)?, &people, cx.time_zone());
    let zone = crate::time::zone_name(cx.time_zone());
    let mut lines = Lines::new(format!("Contact {id}, times in {zone}. {NOTICE}"));
    let text = contact.to_text();
    let left_out = text.lines().filter(|line| !lines.push(line)).count();
    if left_out > 0 {
        lines.push(&format!("({left_out} line(s) left out for their length)"));
    }
    Ok(lines.text)
}
